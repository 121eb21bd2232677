/** The viewer with the sheet map and the balloons drawn over the sheet. */
import { useEffect } from "preact/hooks";
import { Balloons, Places } from "../data/Balloons";
import { MapLegend } from "../map/MapLegend";
import { MapOutlines } from "../map/MapOutlines";
import { followMap } from "../map/sheet_map";
import { Viewer } from "../viewer/Viewer";
import type { ViewerModel } from "../viewer/viewer_model";

export function DrawingViewer() {
  useEffect(followMap, []);
  return (
    <Viewer
      below={(model: ViewerModel) => <MapOutlines model={model} />}
      above={(model: ViewerModel) => (
        <>
          <Places model={model} />
          <Balloons model={model} />
        </>
      )}
      legend={<MapLegend />}
    />
  );
}
