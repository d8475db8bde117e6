"""An entry laid out for reading: values in, lines of runs out; the reader pane only decides which of them are seen.

``runs`` says how each piece of a text is drawn, ``text`` makes lines of a text and its spans, ``tables`` of a table,
``article`` puts together what an entry says, ``facts`` what is known of it.
"""
