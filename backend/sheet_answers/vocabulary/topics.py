"""Words in questions for measures (largest, how many) and the other topics of a sheet."""

from backend.sheet_answers.vocabulary.term import term

MEASURES = (
    term("measure", "overall",
          "overall|overall length|total length|overall size|how long|full length|entire length|"
          "overall dimension|outside dimension|whole length|length of the part|long is",
          "gesamtlänge|gesamt länge|gesamte länge|länge über alles|wie lang|gesamtmaß|gesamtmaße|"
          "außenmaße|länge insgesamt|hauptabmessung|hauptabmessungen",
          "전체 길이|전장|총 길이|얼마나 긴|얼마나 길|전체 치수|외형 치수|총길이"),
    term("measure", "extent",
          "width|wide|height|high|tall|breadth|how wide|how high|how tall|overall width|"
          "overall height",
          "breite|breit|höhe|hoch|wie breit|wie hoch|gesamtbreite|gesamthöhe",
          "너비|높이|폭|얼마나 넓|얼마나 높"),
    term("measure", "largest",
          "largest|biggest|greatest|maximum|longest|widest|max|highest|widest|major|"
          "thickest|deepest",
          "größte|grösste|groesste|maximale|maximaler|längste|max|breiteste|weiteste|höchste|"
          "tiefste|dickste|maximal",
          "가장 큰|최대|제일 큰|가장 긴|제일 긴|가장 깊은"),
    term("measure", "smallest",
          "smallest|minimum|shortest|least|min|narrowest|tiniest",
          "kleinste|minimale|kürzeste|min|geringste|engste bohrung|schmalste|dünnste|minimal",
          "가장 작은|최소|제일 작은|가장 짧은|제일 짧은"),
    term("measure", "tightest",
          "tightest|closest tolerance|tightest tolerance|most precise|finest tolerance|"
          "narrowest tolerance|smallest tolerance|tight|most critical|strictest|"
          "most accurate",
          "engste toleranz|genaueste|kleinste toleranz|engsten|engste|genauestes|"
          "geringste toleranz|schärfste toleranz|am engsten|am genauesten",
          "가장 엄격한|가장 정밀한|가장 작은 공차|가장 좁은 공차|제일 정밀한|가장 타이트"),
    term("measure", "count",
          "how many|number of|count of|count the|quantity of|amount of",
          "wie viele|wieviele|wieviel|anzahl|wie viel|wie oft",
          "몇 개|몇개|개수|갯수|수량은|몇 군데|몇군데|얼마나 많"),
    term("measure", "all",
          "all|every|list|show me all|which|what are|each|are there any|any",
          "alle|sämtliche|liste|auflisten|welche|jede|gibt es|nenne|zeige",
          "모든|모두|전부|목록|어떤|나열"),
)  # fmt: skip

TOPICS = (
    term("topic", "title_block",
          "title block|titleblock|title block fields|header data|title block information|"
          "title block data",
          "schriftfeld|zeichnungskopf|schriftkopf|schriftfelddaten|kopfdaten|titelblock",
          "표제란"),
    term("topic", "bom",
          "bill of materials|parts list|bom|part list|list of parts|components|component|item list|"
          "which parts|what parts|many parts|parts are|parts does|individual parts|assembly parts",
          "stückliste|teileliste|einzelteile|komponenten|bauteile|welche teile|positionen|"
          "viele teile|bauteil|normteile|teileverzeichnis",
          "부품표|부품 목록|부품목록|자재명세서|부품들|구성품|부품 리스트|어떤 부품|부품란|부품"),
    term("topic", "item",
          "item|balloon|position|pos|part|find number|item number|callout number",
          "position|pos|positionsnummer|teil|balloon|bauteil|teil nr|positionsnr",
          "항목|부품|풍선|번호|품번"),
    term("topic", "notes",
          "note|notes|general notes|remarks|instructions|remark|annotation",
          "hinweise|hinweis|notizen|anmerkungen|bemerkungen|anmerkung|bemerkung|notiz",
          "주기|주석|노트|비고|주의사항|참고 사항"),
    term("topic", "revisions",
          "revision history|revision table|revision block|changes in revision|what changed|"
          "what was changed|change history|revisions|engineering changes|change log|changes|"
          "changed in|what has changed|changed|modified|revised",
          "änderungshistorie|änderungstabelle|änderungen|was wurde geändert|was hat sich geändert|"
          "revisionen|geändert|revisionstabelle|änderungsverlauf|änderungsvermerk",
          "개정이력|변경이력|개정 이력|변경 이력|변경 내용|변경사항|바뀐|바뀌|바꼈|"
          "변경된|개정 내용|변경|수정된|달라진"),
    term("topic", "where",
          "where|location of|locate|find|position of|which zone|in what zone",
          "wo|wo steht|wo ist|wo sind|finde|in welchem feld|in welcher zone|an welcher stelle",
          "어디|위치|찾아"),
    term("topic", "views",
          "views|view|sections|section view|which views|detail view|projected views",
          "ansichten|ansicht|schnitte|schnittansicht|welche ansichten|detailansicht",
          "뷰|단면도|투상도|보기|정면도|평면도"),
    term("topic", "overview",
          "what does this drawing show|what is this drawing|what is this|describe|summary|"
          "summarise|summarize|what is shown|overview|what do you see|what is on this drawing|"
          "what kind of part|explain this drawing|what does it show|what's this|what is drawn|"
          "tell me about|what is depicted",
          "was zeigt|was ist das|beschreibe|zusammenfassung|überblick|was ist dargestellt|"
          "was sieht man|worum geht es|was für ein teil|fasse zusammen|was ist auf|"
          "was ist zu sehen|erkläre die zeichnung|was ist hier",
          "무엇을 보여|무슨 도면|요약|설명해|어떤 도면|무엇인가|뭐야|개요|무슨 부품"),
    term("ignored", "sheet",
          "on the sheet|on this sheet|on the drawing|on this drawing|in the drawing|"
          "in this drawing",
          "auf dem blatt|auf diesem blatt|auf der zeichnung|in der zeichnung|auf dieser zeichnung",
          "도면에서|시트에|도면에"),
    term("topic", "compare",
          "difference|differences|differ|compare|compared|what is different|versus",
          "unterschied|unterschiede|unterscheiden|vergleiche|vergleich|verglichen",
          "차이|비교|다른 점|다른점|달라"),
    term("topic", "here",
          "here|this region|marked region|this area|marked area|selected region|selection|"
          "in the box|this spot|in this section",
          "hier|markierten bereich|dieser bereich|diesem bereich|markierung|ausschnitt|"
          "markierter bereich|auswahl",
          "여기|이 영역|표시한 영역|선택한|이 부분|이곳"),
)  # fmt: skip
