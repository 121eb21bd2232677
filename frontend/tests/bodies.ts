/** Bodies of the HTTP API with every field, for tests that care about some of them. */
import type { DrawingInfo, PageInfo, StoredMessage } from "../src/api/types";

export const pageInfo = (values: Partial<PageInfo> = {}): PageInfo => ({
  number: 1,
  width: 1000,
  height: 800,
  text_source: "vector",
  reading: false,
  dpi: null,
  label: null,
  ...values,
});

export const drawingInfo = (values: Partial<DrawingInfo> & { id: string }): DrawingInfo => ({
  name: `${values.id}.pdf`,
  media_type: "application/pdf",
  bytes: 1,
  sha256: "",
  pages: [pageInfo()],
  warnings: [],
  warning_codes: [],
  ...values,
});

export const storedMessage = (
  values: Partial<StoredMessage> & Pick<StoredMessage, "id" | "role">,
): StoredMessage => ({
  parent_id: null,
  text: "",
  status: "complete",
  answered_by: null,
  turn_id: null,
  drawings: [],
  evidence: [],
  tools: [],
  usage: null,
  created_at: 0,
  last_seq: null,
  shown: [],
  ...values,
});
