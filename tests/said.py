"What readers of the packaged collection are told: the package's sentences, and those it replaces."

from functools import cache

from digitransform.core.messages import declared_texts, packaged_messages
from digitransform.data.collection import read_collection
from digitransform.report.language import catalogue, with_words


@cache
def said() -> dict[str, tuple[str, str]]:
    "Sentence of the package → what pages say in English and in Vietnamese."
    collection = read_collection()
    words, measures = collection.words, collection.indicators
    english, vietnamese = (with_words(words, code).own for code in ("en", "vi"))
    units = {measures[name].unit for name in measures}
    of_columns = set(declared_texts()) - units  # these are looked at where they are declared
    found = dict.fromkeys(packaged_messages())
    found |= dict.fromkeys(message for message in vietnamese if message not in of_columns)
    return {
        message: (
            english.get(message, (message,))[-1],
            vietnamese.get(message, (catalogue("vi").get(message),))[0],
        )
        for message in found
    }
