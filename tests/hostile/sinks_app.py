"""Every hostile string through the escapers, in every kind of element whose text Streamlit reads as Markdown."""

import streamlit as st

from tests.hostile.strings import LONG, MANY_LINES, strings
from xner.ui.messages import cell, plain, quote

texts = [*strings(st.query_params["tracker"]), *MANY_LINES, *LONG]
for n, text in enumerate(texts):
    with st.container(key=f"text{n}"):
        st.markdown(plain(text))
        st.caption(quote(text))
        st.error(f"**{plain(text)}**: said")
        st.button(f"Take {plain(text)}", key=f"button{n}")
        st.checkbox(plain(text), key=f"check{n}")
        st.pills("Pills", [n], format_func=lambda _n, text=text: plain(text), key=f"pills{n}")
        st.progress(0.5, plain(text))
        st.table({plain(text): [cell(text, 20_000)]})
        with st.expander(plain(text)):
            st.text(text)
