"""Words without a meaning of their own in a question about a sheet."""

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
    " technical read off number size sizes type kind kinds dimensioned big small long large"
    " great required"
    " necessary mm inch specification spec used made which about say says right correct main model"
    " just quickly inches millimetres millimeters pounds kg lb go goes get got gets sits hi"
    " hello thanks thank kindly"
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
    " besteht vorhanden enthält zeigt mal den groß gross großes lang bemaßt bemaßung eingetragen"
    " eingezeichnet vorgesehen gefordert vorgeschrieben sind macht gemacht mm hallo danke mich"
    " sollte müsste insgesamt beträgt zoll kg stammt bekommt kriegt pfund spezifikation vorgegeben"
    # Korean words that stand alone
    " 이 그 저 것 수 도면 도면의 도면에 부품 부품의 이것 무엇 무엇인가요 뭐 뭔가요"
    " 무슨 어떤 얼마 얼마인가요 알려줘 알려주세요 있나요 있습니까 인가요 입니까 보여줘"
    " 보여주세요 주세요 해줘 는 은 가 을 를 의 에 있는 있어 어떻게 되나요 됩니까"
    " 하나요 합니까 사용 사용되는 적혀 표시된 표시되어 지정된 규격 크기 적용 얼마나"
    " 요구 필요 명시 나와 기재 쓰여 이며 그리고 및 또는 값 좀 여기 제품 시트".split()
)
