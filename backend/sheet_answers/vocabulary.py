"""What people call the things that a sheet can be asked about, in English, German and Korean. Data.

A phrase is words in their base form; how a phrase is found in a question (inflection, compounds,
typing errors, particles) is `matching.py`. Longer phrases win over shorter ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.sheet_answers.languages import Language

Phrases = Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing with its names. `kind` groups terms: field, feature, measure, topic, ignored."""

    kind: str
    name: str
    phrases: Phrases


def _term(kind: str, name: str, en: str, de: str, ko: str) -> Term:
    languages: dict[Language, str] = {"en": en, "de": de, "ko": ko}
    return Term(
        kind,
        name,
        {
            language: tuple(phrase.strip() for phrase in phrases.split("|") if phrase.strip())
            for language, phrases in languages.items()
        },
    )


FIELDS = (
    _term("field", "number",
          "drawing number|drawing no|part number|part no|document number|dwg number|dwg no|"
          "number of the drawing|number of this drawing|number of the part|number of this part|"
          "drawing id|drawing's number|which number",
          "zeichnungsnummer|zeichnungsnr|zeichnungs nr|teilenummer|teilenr|sachnummer|"
          "artikelnummer|dokumentnummer|identnummer|nummer der zeichnung|nummer des teils|"
          "nummer hat|zeichnungs nummer|teile nummer",
          "도면번호|도번|품번|부품번호|도면 번호|부품 번호|제품번호"),
    _term("field", "revision",
          "revision|rev|revision level|revision letter|revision index|current revision|"
          "drawing version|version",
          "revision|rev|revisionsstand|änderungsstand|änderungsindex|revisionsindex|"
          "zeichnungsstand|zeichnungsindex|ausgabestand|index|version|stand der zeichnung",
          "리비전|개정번호|개정 번호|버전|개정"),
    _term("field", "title",
          "title|part name|drawing name|name of the part|name of this part|name of the drawing|"
          "name of this drawing|part called|drawing called|called|designation|"
          "name of the component",
          "titel|benennung|bezeichnung|teilename|name des teils|name der zeichnung|teil heißt|"
          "heißt das teil|heisst das teil|heißt|name des bauteils",
          "품명|도면명|도명|부품명|명칭|제목|부품 이름|도면 이름|이름"),
    _term("field", "company",
          "company|manufacturer name|owner|legal owner|firm|organisation|organization|"
          "whose drawing|which company",
          "firma|unternehmen|eigentümer|gesellschaft|hersteller der zeichnung|wessen zeichnung",
          "회사|회사명|업체|소유자"),
    _term("field", "material",
          "material|made of|made from|made out of|stock material|raw material|alloy|"
          "steel grade|grade of steel|stuff",
          "werkstoff|material|rohmaterial|halbzeug|legierung|stahlsorte|woraus besteht|"
          "woraus ist|aus was",
          "재질|재료|소재|자재"),
    _term("field", "mass",
          "mass|weight|weigh|how heavy|heavy",
          "masse des teils|gewicht|wiegt|wie schwer|schwer|teilegewicht|masse in kg|"
          "wieviel masse|welche masse|die masse",
          "질량|중량|무게|무거"),
    _term("field", "scale",
          "scale|drawing scale|drawn at",
          "maßstab|massstab|maßstäblich|zeichnungsmaßstab",
          "척도|축척|스케일|배율"),
    _term("field", "projection",
          "projection|projection method|first angle|third angle|angle projection",
          "projektion|projektionsmethode|projektionsart",
          "투상법|투상|각법"),
    _term("field", "units",
          "unit|units|measurement unit|units of measure|inches or millimetres|mm or inch|"
          "metric or imperial|millimetres or inches|millimeters or inches|inch or mm",
          "einheit|einheiten|maßeinheit|maßeinheiten|längeneinheit|mm oder zoll|"
          "zoll oder mm|millimeter oder zoll",
          "단위"),
    _term("field", "sheet",
          "sheet number|number of sheets|how many sheets|which sheet|sheet of|sheet no|"
          "sheets are there|sheet is this|sheet count|many sheets",
          "blattnummer|blattzahl|wie viele blätter|welches blatt|blätter|blatt nr|blatt von",
          "시트 번호|시트번호|매수|몇 장|시트 수"),
    _term("field", "size",
          "paper size|sheet size|drawing format|paper format|format|size of the sheet|"
          "size of the paper|drawing size|sheet format",
          "papierformat|blattformat|blattgröße|zeichnungsformat|papiergröße|format",
          "용지|용지 크기|도면 크기|도면크기|용지크기"),
    _term("field", "general_tolerance",
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
    _term("field", "finish",
          "surface treatment|finish|coating|surface finish|plating|surface condition|coated|"
          "plated|anodised|anodized|surface protection|treatment",
          "oberflächenbehandlung|beschichtung|oberfläche|oberflächenschutz|"
          "oberflächengüte|beschichtet|eloxiert|verzinkt|oberflächenangabe",
          "표면처리|표면 처리|후처리|도금|코팅|도장"),
    _term("field", "drawn",
          "drawn by|drew|draftsman|drafter|designer|designed by|author|who designed|"
          "who made the drawing|creator|who created|drawn|made the drawing|"
          "who has drawn|made this drawing",
          "gezeichnet|zeichner|bearbeiter|ersteller|erstellt von|konstrukteur|konstruiert|"
          "wer hat gezeichnet|verfasser|bearbeitet|wer hat erstellt|erstellt",
          "작성자|설계자|제도자|작성한|설계한|그린 사람|누가 그렸|작도자|누가 작성|누가 설계"),
    _term("field", "checked",
          "checked by|checked|checker|reviewed by|reviewed|reviewer|who checked|verified by",
          "geprüft|prüfer|kontrolliert|wer hat geprüft",
          "검도자|검토자|검도|검토|확인자"),
    _term("field", "approved",
          "approved by|approved|approver|approval|released by|released|signed off|authorised",
          "freigegeben|genehmigt|freigabe|genehmiger|wer hat freigegeben",
          "승인자|승인한|승인|허가"),
    _term("field", "date",
          "date|drawing date|issue date|dated|when was it drawn|when was this drawn|"
          "when was the drawing made|when|how old",
          "datum|zeichnungsdatum|erstelldatum|ausgabedatum|wann wurde|wann|wie alt",
          "날짜|작성일|일자|언제|작성 날짜"),
)  # fmt: skip

FEATURES = (
    _term("feature", "diameter",
          "diameter|dia|bore diameter|diametral", "durchmesser|durchm", "지름|직경|파이"),
    _term("feature", "hole",
          "hole|bore|drilled hole|drilling|drill hole|through hole|boring",
          "bohrung|loch|bohrloch|durchgangsbohrung|durchgangsloch|löcher", "구멍|홀|보어"),
    _term("feature", "radius", "radius|radii|fillet|corner radius|rounding",
          "radius|radien|rundung|ausrundung|verrundung|abrundung", "반지름|반경|라운드|필렛"),
    _term("feature", "thread", "thread|threaded|tapped hole|tap|screw thread|threading|tapped",
          "gewinde|gewindebohrung|gewindeloch|innengewinde|außengewinde", "나사|탭|나사산"),
    _term("feature", "fit", "fit|tolerance class of|fitted|iso fit|fit class",
          "passung|passungen|passmaß|passmaße|passungsangabe|passung", "끼워맞춤|끼워 맞춤"),
    _term("feature", "angle", "angle|angular dimension|angular", "winkel|winkelmaß", "각도"),
    _term("feature", "chamfer", "chamfer|bevel|chamfered", "fase|fasen|anfasung|abschrägung",
          "모따기|모떼기|챔퍼"),
    _term("feature", "depth", "depth|deep|how deep", "tiefe|tief|bohrtiefe|gewindetiefe",
          "깊이"),
    _term("feature", "roughness",
          "roughness|surface roughness|surface texture|ra value|rz value|ra|rz|roughnesses",
          "rauheit|rauigkeit|rauhigkeit|rauheitswert|oberflächenrauheit|rautiefe|ra wert|rz wert",
          "표면거칠기|표면 거칠기|거칠기|조도"),
    _term("feature", "geometric",
          "geometric tolerance|geometrical tolerance|gd&t|gdt|position tolerance|flatness|"
          "form tolerance|feature control frame|perpendicularity|parallelism|concentricity|"
          "run-out|runout|cylindricity|straightness|roundness|circularity|"
          "tolerance of position|form and position|positional tolerance",
          "form- und lagetoleranz|formtoleranz|lagetoleranz|form und lage|lage toleranz|"
          "positionstoleranz|ebenheit|rechtwinkligkeit|parallelität|koaxialität|rundlauf|"
          "planlauf|zylindrizität|geradheit|rundheit|geometrische toleranz|"
          "formtoleranzen|lagetoleranzen|f+l",
          "기하공차|기하 공차|형상공차|위치공차|평면도|직각도|평행도|동축도|흔들림|위치도|진원도"),
    _term("feature", "tolerance",
          "toleranced dimension|tolerances|dimensions with tolerance|toleranced|"
          "dimensions with a tolerance|tolerance",
          "tolerierte maße|toleriert|toleranzen|maße mit toleranz|toleranz|toleranzmaße|"
          "maß mit toleranz",
          "공차가 있는|공차 치수|공차"),
    _term("feature", "limits",
          "limits|limit of size|limits of size|minimum and maximum|upper and lower limit|"
          "min and max|limit dimensions|maximum size|minimum size|limiting size|"
          "upper limit|lower limit",
          "grenzmaß|grenzmaße|höchstmaß|mindestmaß|grenzabmaße|abmaße|abmaß|kleinstmaß|größtmaß",
          "한계치수|허용한계|최대 최소|허용 한계|상한|하한"),
    _term("feature", "linear",
          "linear dimension|length|lengths|distance|distances|linear size",
          "längenmaß|länge|längen|abstand|abstände|längenmaße",
          "길이|거리|선형 치수"),
    _term("feature", "thickness", "thickness|thick|wall thickness|sheet thickness",
          "dicke|wandstärke|blechdicke|dick|wanddicke|stärke", "두께"),
    _term("feature", "weld", "weld|welds|weld seam|welding",
          "schweißnaht|schweißnähte|naht|schweißung", "용접"),
    _term("feature", "dimension",
          "dimension|dimensions|measurement|measurements|size of the part|sizes|measures",
          "maß|maße|abmessung|abmessungen|bemaßung|maßangabe|maßen|bemaßungen|maßangaben",
          "치수|사이즈"),
)  # fmt: skip

MEASURES = (
    _term("measure", "largest",
          "largest|biggest|greatest|maximum|longest|widest|max|highest|widest|big is the",
          "größte|grösste|maximale|längste|größter|größtes|max|größten|breiteste|weiteste|höchste",
          "가장 큰|최대|제일 큰|가장 긴|제일 긴|가장 깊은"),
    _term("measure", "smallest",
          "smallest|minimum|shortest|least|min|narrowest|tiniest",
          "kleinste|minimale|kürzeste|kleinster|kleinstes|min|geringste|kleinsten|engste bohrung|"
          "schmalste",
          "가장 작은|최소|제일 작은|가장 짧은|제일 짧은"),
    _term("measure", "tightest",
          "tightest|closest tolerance|tightest tolerance|most precise|finest tolerance|"
          "narrowest tolerance|smallest tolerance|tight|most critical|strictest|"
          "most accurate",
          "engste toleranz|genaueste|kleinste toleranz|engsten|engste|genauestes|"
          "geringste toleranz|schärfste toleranz|am engsten|am genauesten",
          "가장 엄격한|가장 정밀한|가장 작은 공차|가장 좁은 공차|제일 정밀한|가장 타이트"),
    _term("measure", "count",
          "how many|number of|count of|count the|quantity of|amount of",
          "wie viele|wieviele|wieviel|anzahl|wie viel|wie oft",
          "몇 개|몇개|개수|갯수|수량은|몇 군데|몇군데|얼마나 많"),
    _term("measure", "all",
          "all|every|list|show me all|which|what are|each|are there any|any",
          "alle|sämtliche|liste|auflisten|welche|jede|gibt es|nenne|zeige",
          "모든|모두|전부|목록|어떤|나열"),
)  # fmt: skip

TOPICS = (
    _term("topic", "title_block",
          "title block|titleblock|title block fields|header data|title block information|"
          "title block data",
          "schriftfeld|zeichnungskopf|schriftkopf|schriftfelddaten|kopfdaten|titelblock",
          "표제란"),
    _term("topic", "bom",
          "bill of materials|parts list|bom|part list|list of parts|components|component|item list|"
          "which parts|what parts|many parts|parts are|parts does|individual parts|assembly parts",
          "stückliste|teileliste|einzelteile|komponenten|bauteile|welche teile|positionen|"
          "viele teile|bauteil|normteile|teileverzeichnis",
          "부품표|부품 목록|부품목록|자재명세서|부품들|구성품|부품 리스트|어떤 부품|부품란|부품"),
    _term("topic", "item",
          "item|balloon|position|pos|part|find number|item number|callout number",
          "position|pos|positionsnummer|teil|balloon|bauteil|teil nr|positionsnr",
          "항목|부품|풍선|번호|품번"),
    _term("topic", "notes",
          "note|notes|general notes|remarks|instructions|remark|annotation",
          "hinweise|hinweis|notizen|anmerkungen|bemerkungen|anmerkung|bemerkung|notiz",
          "주기|주석|노트|비고|주의사항|참고 사항"),
    _term("topic", "revisions",
          "revision history|revision table|revision block|changes in revision|what changed|"
          "what was changed|change history|revisions|engineering changes|change log|changes|"
          "changed in",
          "änderungshistorie|änderungstabelle|änderungen|was wurde geändert|was hat sich geändert|"
          "revisionen|geändert|revisionstabelle|änderungsverlauf|änderungsvermerk",
          "개정이력|변경이력|개정 이력|변경 이력|변경 내용|변경사항|바뀐|변경된|개정 내용|변경"),
    _term("topic", "where",
          "where|location of|locate|find|position of|which zone|in what zone",
          "wo|wo steht|wo ist|wo sind|finde|in welchem feld|in welcher zone|an welcher stelle",
          "어디|위치|찾아"),
    _term("topic", "views",
          "views|view|sections|section view|which views|detail view|projected views",
          "ansichten|ansicht|schnitte|schnittansicht|welche ansichten|detailansicht",
          "뷰|단면도|투상도|보기|정면도|평면도"),
    _term("topic", "overview",
          "what does this drawing show|what is this drawing|what is this|describe|summary|"
          "summarise|summarize|what is shown|overview|what do you see|what is on this drawing|"
          "what kind of part|explain this drawing|what does it show|what's this|what is drawn|"
          "tell me about|what is depicted",
          "was zeigt|was ist das|beschreibe|zusammenfassung|überblick|was ist dargestellt|"
          "was sieht man|worum geht es|was für ein teil|fasse zusammen|was ist auf|"
          "was ist zu sehen|erkläre die zeichnung|was ist hier",
          "무엇을 보여|무슨 도면|요약|설명해|어떤 도면|무엇인가|뭐야|개요|무슨 부품"),
    _term("ignored", "sheet",
          "on the sheet|on this sheet|on the drawing|on this drawing|in the drawing|in this drawing",
          "auf dem blatt|auf diesem blatt|auf der zeichnung|in der zeichnung|auf dieser zeichnung",
          "도면에서|시트에|도면에"),
    _term("topic", "compare",
          "difference|differences|differ|compare|compared|what is different|versus",
          "unterschied|unterschiede|unterscheiden|vergleiche|vergleich|verglichen",
          "차이|비교|다른 점|다른점|달라"),
    _term("topic", "here",
          "here|this region|marked region|this area|marked area|selected region|selection|"
          "in the box|this spot|in this section",
          "hier|markierten bereich|dieser bereich|diesem bereich|markierung|ausschnitt|"
          "markierter bereich|auswahl",
          "여기|이 영역|표시한 영역|선택한|이 부분|이곳"),
)  # fmt: skip

TERMS: tuple[Term, ...] = (*FIELDS, *FEATURES, *MEASURES, *TOPICS)

#: Words that carry no meaning of their own in a question about a sheet.
STOP_WORDS = frozenset(
    # English
    "a an the this that these those it its is are was were be been being do does did done has have"
    " had having can could would should will shall may might must i me my we our you your he she"
    " they them their of in on at by for from to with without into onto about as and or but if than"
    " then so not no what which who whom whose when how much many please give tell show say name"
    " specify specified state stated given mentioned called used use using there here drawing"
    " drawings sheet page pdf file part component piece workpiece print blueprint value values"
    " information info apply applies applied need know want see find get also exactly currently"
    " according written shown document item overall whole entire full need required any all each"
    " every s t re ve m d ll current indicated listed noted out up one thing detail details"
    " technical read off number size sizes type kind kinds"
    # German
    " der die das den dem des ein eine einen einem einer eines ist sind war waren sein wird werden"
    " wurde wurden hat haben hatte kann können soll sollen muss müssen darf ich mir mich wir uns"
    " unser du dein sie ihr er es von vom in im an am auf bei beim für aus zu zum zur mit ohne nach"
    " über unter und oder aber wenn als dann so nicht kein keine was welche welcher welches welchen"
    " welchem wer wen wem wessen wann wie viel viele bitte gib nenn nenne sag sage zeig zeige da"
    " dort hier zeichnung zeichnungen blatt seite datei teil teils teile teiles bauteil bauteils"
    " werkstück plan wert werte angabe angaben angegeben gibt gilt gelten gegeben genannt steht"
    " stehen laut gemäß denn noch auch genau eigentlich aktuelle aktuellen verwendet benutzt"
    " brauche benötigt möchte wissen lautet heißt gehört dieser dieses diese diesem diesen jeweils"
    " etwas man sich ganze gesamte technische technischen art alles alle hergestellt gefertigt"
    " besteht vorhanden enthält zeigt mal den"
    # Korean words that stand alone
    " 이 그 저 것 수 도면 도면의 도면에 부품 부품의 이것 무엇 무엇인가요 뭐 뭔가요 무슨 어떤 얼마 얼마인가요 알려줘"
    " 알려주세요 있나요 있습니까 인가요 입니까 보여줘 보여주세요 주세요 해줘 는 은 이 가 을 를 의 에 있는 있어 어떻게"
    " 되나요 됩니까 하나요 합니까 사용 사용되는 적혀 표시된 표시되어 지정된 이며 그리고 및 또는 값 좀 여기 제품 시트".split()
)
