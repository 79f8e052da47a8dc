"What readers of the packaged collection are told: the package's sentences, and those it replaces."

from functools import cache

from digitransform.core.messages import packaged_messages
from digitransform.data.collection import read_collection
from digitransform.report.language import catalogue, with_words


@cache
def said() -> dict[str, tuple[str, str]]:
    "Sentence of the package → what pages say in English and in Vietnamese."
    words = read_collection().words
    english, vietnamese = (with_words(words, code).own for code in ("en", "vi"))
    found = dict.fromkeys(packaged_messages()) | dict.fromkeys(vietnamese)
    return {
        message: (
            english.get(message, (message,))[-1],
            vietnamese.get(message, (catalogue("vi").get(message),))[0],
        )
        for message in found
    }
