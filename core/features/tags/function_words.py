"""Words that name nothing: function words of several languages, reserved words of programming, words too general."""

from __future__ import annotations

# Of languages whose words are written with spaces, other than English. Words of one letter are never read.
_DE = (
    "der die das den dem des ein eine einen einem einer eines und oder aber nicht ist sind war waren wird werden "
    "wurde wurden hat haben hatte auch auf aus bei bis durch für gegen mit nach ohne über um unter von vor zu zum zur "
    "im in an am als wie wenn dass weil ob er sie es wir ihr ich du sich mich dir ihm ihn ihnen uns sein seine seiner "
    "seinen ihre ihren ihrer kann können muss müssen soll sollte mehr sehr nur noch schon so dann da dort hier diese "
    "dieser dieses diesem diesen jede jeder jedes alle alles man kein keine was wer wo welche welcher"
)
_FR = (
    "le la les un une des du de et ou mais ne pas est sont était été être avoir ai as ont avait ce cet cette ces il "
    "elle ils elles on nous vous je tu se sa son ses leur leurs mon ma mes ton ta tes notre nos votre vos que qui "
    "quoi dont où dans en sur sous par pour avec sans entre vers chez au aux plus moins très aussi bien comme si peut "
    "peuvent fait faire tout tous toute toutes même autre autres quel quelle donc car lui y"
)
_ES = (
    "el la los las un una unos unas de del al y o pero no es son era fue ser estar está están ha han había que quien "
    "cual como cuando donde en con sin por para sobre entre hasta desde se su sus mi mis tu tus lo le les nos me te "
    "más menos muy también si ya este esta estos estas ese esa eso esto aquel todo todos toda todas otro otra otros "
    "puede pueden hay hacer porque"
)
_PT = (
    "o a os as um uma uns umas de do da dos das no na nos nas ao aos e ou mas não é são era foi ser estar está tem "
    "têm que quem qual como quando onde em com sem por para sobre entre até se seu sua seus suas meu minha mais menos "
    "muito também já este esta estes estas esse essa isso isto todo todos toda todas outro outra pode podem pelo pela"
)
_IT = (
    "il lo la gli le un uno una di del della dei delle dello da dal dalla in nel nella con su sul sulla per tra fra e "
    "o ma non è sono era essere avere ha hanno che chi cui come quando dove si suo sua suoi loro più meno molto anche "
    "se questo questa questi queste quello quella tutto tutti può possono ai al alla alle"
)
_NL = (
    "de het een en of maar niet is zijn was waren wordt worden heeft hebben dat die dit deze wat wie waar hoe als in "
    "op aan bij met van voor naar uit over onder tegen door om te er ze zij hij wij we je jij ik u hun haar hem ook "
    "nog dan meer zeer kan kunnen moet moeten zal zou geen alle"
)
_RU = (
    "и в во не на что с со как а то он она оно они мы вы я ты его её их к у же за бы по только от о из для это эта "
    "этот эти быть был была были есть при до если или но так также который которая которые которое может можно более "
    "все всё всех чтобы когда где"
)
_RESERVED = (
    "append args argv arr async await bar baz body bool boolean br char cin com console const cout css def df div "
    "document double echo elem elif endif endl endoftext enum false float fn foo foreach from func getelementbyid "
    "href html http https idx img import include init innerhtml insert int iostream iterate kwargs lambda len li log "
    "lst main namespace none np null num numpy nums obj onclick org outputs param params pd plt print printed printf "
    "println prints private protected public px return returned returns select self span src static std stdin stdout "
    "str struct td temp th tmp tr true typedef ul var varchar void where www"
)
_GENERAL = (
    "able actually addition additional additionally almost already always amount another answer answers any anything "
    "appropriate area areas asked aspect aspects available away back based basic best better big billion bit called "
    "case cases certain clear clearly close come comes common commonly complete completely consider contain contains "
    "correct couple create created creating current currently day days depending details determine difference "
    "differences different difficult difficulty early easily easy effect effects eight end ensure entire especially "
    "essential etc even ever every exact fact factor factors facts far feel final finally find finding five form "
    "forms four front full general generally get getting give gives giving go going gonna great greater group half "
    "hand hard having hello helps hi high higher highly hour hours however huge hundred idea ideas identify "
    "importance important increase increased individual individuals input instance issue issues item items job keep "
    "key kind kinds know known large larger last later latter least left less let level line list lists little long "
    "look looking lots low lower main maximum maybe means mentioned method methods million minimum minute minutes "
    "moment month months multiple name names near necessary never new next nice nine no non none normal nothing "
    "notice number numbers often okay old open option options order others output overall own part particular "
    "particularly parts past people per perhaps person piece pieces place places play please point points popular "
    "possible potential pre pretty previous previously problem problems process properly provided provides providing "
    "put question questions quick quickly quite range rather real reason reasons recent recently related response "
    "result results right role said same sample say says second seconds section seem self sentence set seven several "
    "short show side significant significantly similar simple simply single situation six size small someone "
    "something sometimes soon sorry sort special specific standard start state statement step steps strong sure take "
    "taken takes taking tell ten text thank thanks think third thousand time times today together tomorrow top total "
    "true try trying two type types typically understand unique use useful user usually value values variety various "
    "version want week weeks welcome well whole word words work world wrong year years yes yesterday yet"
)
# Language → its function words, for every language whose phrases they part.
FUNCTION_WORDS = {
    "German": _DE, "French": _FR, "Spanish": _ES, "Portuguese": _PT, "Italian": _IT, "Dutch": _NL, "Russian": _RU,
}  # fmt: skip
OTHER_FUNCTION_WORDS = frozenset(" ".join(FUNCTION_WORDS.values()).split())
# In running text "return" or "print" is a statement, not a subject.
RESERVED_WORDS = frozenset(_RESERVED.split())
# English words that say how much, of what kind or that something is meant, whatever a text is about.
GENERAL_WORDS = frozenset(_GENERAL.split())
