"""Words in questions for the fields of a title block."""

from backend.sheet_answers.vocabulary.term import term

FIELDS = (
    term("field", "number",
          "drawing number|drawing no|part number|part no|document number|dwg number|dwg no|"
          "number of the drawing|number of this drawing|number of the part|number of this part|"
          "drawing id|drawing's number|which number",
          "zeichnungsnummer|zeichnungsnr|zeichnungs nr|teilenummer|teilenr|sachnummer|"
          "artikelnummer|dokumentnummer|identnummer|nummer der zeichnung|nummer des teils|"
          "nummer hat|zeichnungs nummer|teile nummer",
          "도면번호|도번|품번|부품번호|도면 번호|부품 번호|제품번호"),
    term("field", "revision",
          "revision|rev|revision level|revision letter|revision index|current revision|"
          "drawing version|version",
          "revision|rev|revisionsstand|änderungsstand|änderungsindex|revisionsindex|"
          "zeichnungsstand|zeichnungsindex|ausgabestand|index|version|stand der zeichnung",
          "리비전|개정번호|개정 번호|버전|개정"),
    term("field", "title",
          "title|part name|drawing name|name of the part|name of this part|name of the drawing|"
          "name of this drawing|part called|drawing called|called|designation|"
          "name of the component",
          "titel|benennung|bezeichnung|teilename|name des teils|name der zeichnung|teil heißt|"
          "heißt das teil|heisst das teil|heißt|name des bauteils",
          "품명|도면명|도명|부품명|명칭|제목|부품 이름|도면 이름|이름"),
    term("field", "company",
          "company|manufacturer name|owner|legal owner|firm|organisation|organization|"
          "whose drawing|which company",
          "firma|unternehmen|eigentümer|gesellschaft|hersteller der zeichnung|wessen zeichnung",
          "회사|회사명|업체|소유자"),
    term("field", "material",
          "material|made of|made from|made out of|stock material|raw material|alloy|"
          "steel grade|grade of steel|stuff",
          "werkstoff|material|rohmaterial|halbzeug|legierung|stahlsorte|woraus besteht|"
          "woraus ist|aus was",
          "재질|재료|소재|자재"),
    term("field", "mass",
          "mass|weight|weigh|how heavy|heavy|weighs",
          "masse|gewicht|wiegt|wie schwer|schwer|teilegewicht|wieviel wiegt",
          "질량|중량|무게|무거|얼마나 무거"),
    term("field", "scale",
          "scale|drawing scale|drawn at",
          "maßstab|massstab|masstab|maßstäblich|zeichnungsmaßstab",
          "척도|축척|스케일|배율"),
    term("field", "projection",
          "projection|projection method|first angle|third angle|angle projection",
          "projektion|projektionsmethode|projektionsart",
          "투상법|투상|각법"),
    term("field", "units",
          "unit|units|measurement unit|units of measure|inches or millimetres|mm or inch|"
          "metric or imperial|millimetres or inches|millimeters or inches|inch or mm",
          "einheit|einheiten|maßeinheit|maßeinheiten|längeneinheit|mm oder zoll|"
          "zoll oder mm|millimeter oder zoll",
          "단위"),
    term("field", "sheet",
          "sheet number|number of sheets|how many sheets|which sheet|sheet of|sheet no|"
          "sheets are there|sheet is this|sheet count|many sheets",
          "blattnummer|blattzahl|wie viele blätter|welches blatt|blätter|blatt nr|blatt von",
          "시트 번호|시트번호|매수|몇 장|시트 수"),
    term("field", "size",
          "paper size|sheet size|drawing format|paper format|format|size of the sheet|"
          "size of the paper|drawing size|sheet format",
          "papierformat|blattformat|blattgröße|zeichnungsformat|papiergröße|format",
          "용지|용지 크기|도면 크기|도면크기|용지크기"),
    term("field", "general_tolerance",
          "general tolerance|general tolerances|default tolerance|untoleranced dimension|"
          "tolerance standard|unspecified tolerance|tolerances not specified|block tolerance|"
          "unless otherwise specified|otherwise noted|without tolerance|no tolerance given|"
          "standard tolerance|dimensions without a tolerance|dimensions without tolerances|"
          "overall tolerance|tolerance class",
          "allgemeintoleranz|allgemeintoleranzen|freimaßtoleranz|freimaßtoleranzen|"
          "untolerierte maße|ohne toleranzangabe|toleranznorm|nicht tolerierte|"
          "maße ohne toleranz|toleranzklasse|generelle toleranz|allgemeine toleranz|"
          "allgemeine toleranzen|freimasstoleranz",
          "일반공차|보통공차|일반 공차|보통 공차|공차 미지정|공차가 없는|공차 규격|지시 없는"),
    term("field", "finish",
          "surface treatment|finish|coating|surface finish|surface finishing|plating|"
          "surface condition|coated|"
          "zinc-plated|nickel-plated|anodised|anodized|surface protection|treatment",
          "oberflächenbehandlung|beschichtung|oberfläche|oberflächenschutz|"
          "oberflächengüte|beschichtet|eloxiert|verzinkt|oberflächenangabe",
          "표면처리|표면 처리|후처리|도금|코팅|도장"),
    term("field", "drawn",
          "drawn by|drew|drawed|made by|draftsman|drafter|designer|designed by|author|who designed|"
          "who made the drawing|creator|who created|drawn|made the drawing|"
          "who has drawn|made this drawing",
          "gezeichnet|zeichner|von wem|bearbeiter|ersteller|erstellt von|konstrukteur|konstruiert|"
          "wer hat gezeichnet|verfasser|bearbeitet|wer hat erstellt|erstellt",
          "작성자|설계자|제도자|작성한|설계한|그린 사람|누가 그렸|작도자|누가 작성|누가 설계"),
    term("field", "checked",
          "checked by|checked|checker|reviewed by|reviewed|reviewer|who checked|verified by",
          "geprüft|prüfer|kontrolliert|wer hat geprüft",
          "검도자|검토자|검도|검토|확인자"),
    term("field", "approved",
          "approved by|approved|approver|approval|released by|released|signed off|authorised",
          "freigegeben|genehmigt|freigabe|genehmiger|wer hat freigegeben",
          "승인자|승인한|승인|허가"),
    term("field", "date",
          "date|drawing date|issue date|dated|when was it drawn|when was this drawn|drawn on|"
          "when was the drawing made|when|how old",
          "datum|zeichnungsdatum|von wann|erstelldatum|ausgabedatum|wann wurde|wann|wie alt",
          "날짜|작성일|일자|언제|작성 날짜"),
)  # fmt: skip
