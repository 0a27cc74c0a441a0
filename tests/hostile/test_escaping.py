"""The escaper of Markdown alone, on every hostile string: nothing is left that Streamlit would act on."""

import pytest

from tests.hostile.markdown_fields import marked, problems
from tests.hostile.strings import LONG, MANY_LINES, ONE_LINE
from xner.ui.messages import cell, plain, quote

TEXTS = marked((*ONE_LINE, *MANY_LINES, *LONG))


@pytest.mark.parametrize("escape", [plain, quote, cell])
def test_no_hostile_text_is_left_to_streamlit(escape):
    said = {text: found for text in TEXTS if (found := problems(escape(text), [text]))}
    assert not said


@pytest.mark.parametrize(
    "acting", ["*bold*", ":red[x]", "a\n# b", "<b>", "http\\:\\/\\/x\\.y", "\\:smile\\:", "a \\~\\= b",
               "e\\.\\-\\@x\\.y", "\u202eturned"],
)  # fmt: skip
def test_the_checker_sees_what_would_be_acted_on(acting):
    text = marked([acting])[0]
    assert problems(text, [text])


def test_text_that_was_changed_on_the_way_is_seen():
    (wrong,) = marked(["another text"])
    assert problems(wrong, marked(["a text"]))
