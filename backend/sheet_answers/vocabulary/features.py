"""Words in questions for dimensions and their features."""

from backend.sheet_answers.vocabulary.term import term

FEATURES = (
    term("feature", "diameter",
          "diameter|dia|bore diameter|diametral", "durchmesser|durchm", "지름|직경|파이"),
    term("feature", "hole",
          "hole|bore|drilled hole|drilling|drill hole|through hole|bored|drilled",
          "bohrung|loch|bohrloch|durchgangsbohrung|durchgangsloch|löcher", "구멍|홀|보어"),
    term("feature", "radius", "radius|radii|fillet|corner radius|rounding",
          "radius|radien|rundung|ausrundung|verrundung|abrundung", "반지름|반경|라운드|필렛"),
    term("feature", "thread", "thread|threaded|tapped hole|threaded hole|tap|screw thread|"
          "threading|tapped|thread size",
          "gewinde|gewindebohrung|gewindeloch", "나사|탭|나사산"),
    term("feature", "fit", "fit|tolerance class of|fitted|iso fit|fit class",
          "passung|passungen|passmaß|passmaße|passungsangabe|passung", "끼워맞춤|끼워 맞춤"),
    term("feature", "angle", "angle|angular dimension|angular", "winkel|winkelmaß", "각도"),
    term("feature", "chamfer", "chamfer|bevel|chamfered", "fase|fasen|anfasung|abschrägung",
          "모따기|모떼기|챔퍼"),
    term("feature", "depth", "depth|deep|how deep", "tiefe|tief|bohrtiefe|gewindetiefe",
          "깊이"),
    term("feature", "roughness",
          "roughness|surface roughness|surface texture|ra value|rz value|ra|rz|roughnesses",
          "rauheit|rauigkeit|rauhigkeit|rauheitswert|oberflächenrauheit|rautiefe|ra wert|rz wert",
          "표면거칠기|표면 거칠기|거칠기|조도"),
    term("feature", "geometric",
          "geometric tolerance|geometrical tolerance|gd&t|gdt|position tolerance|flatness|"
          "form tolerance|feature control frame|perpendicularity|parallelism|concentricity|"
          "run-out|runout|cylindricity|straightness|roundness|circularity|"
          "tolerance of position|form and position|positional tolerance",
          "form- und lagetoleranz|formtoleranz|lagetoleranz|form und lage|lage toleranz|"
          "positionstoleranz|ebenheit|rechtwinkligkeit|parallelität|koaxialität|rundlauf|"
          "planlauf|zylindrizität|geradheit|rundheit|geometrische toleranz|"
          "formtoleranzen|lagetoleranzen|f+l",
          "기하공차|기하 공차|형상공차|위치공차|평면도|직각도|평행도|동축도|흔들림|위치도|진원도"),
    term("feature", "tolerance",
          "toleranced dimension|tolerances|dimensions with tolerance|toleranced|"
          "dimensions with a tolerance|tolerance",
          "tolerierte maße|toleriert|toleranzen|maße mit toleranz|toleranz|toleranzmaße|"
          "maß mit toleranz",
          "공차가 있는|공차 치수|공차"),
    term("feature", "limits",
          "limits|limit of size|limits of size|minimum and maximum|upper and lower limit|"
          "min and max|limit dimensions|maximum size|minimum size|limiting size|"
          "upper limit|lower limit",
          "grenzmaß|grenzmaße|höchstmaß|mindestmaß|grenzabmaße|abmaße|abmaß|kleinstmaß|größtmaß",
          "한계치수|허용한계|최대 최소|허용 한계|상한|하한"),
    term("feature", "linear",
          "linear dimension|length|distance|linear size|spacing",
          "längenmaß|länge|längen|abstand|abstände|längenmaße",
          "길이|거리|선형 치수"),
    term("feature", "thickness", "thickness|thick|wall thickness|sheet thickness",
          "dicke|wandstärke|blechdicke|dick|wanddicke|stärke", "두께"),
    term("feature", "weld", "weld|welds|weld seam|welding",
          "schweißnaht|schweißnähte|naht|schweißung", "용접"),
    term("feature", "dimension",
          "dimension|dimensions|measurement|measurements|size of the part|sizes|measures",
          "maß|maße|abmessung|abmessungen|bemaßung|maßangabe|maßen|bemaßungen|maßangaben",
          "치수|사이즈"),
)  # fmt: skip
