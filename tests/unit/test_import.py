"""`import xner` is cheap: no heavy package comes with it."""

import subprocess
import sys

HEAVY = ("torch", "transformers", "spacy", "simalign", "streamlit", "plotly", "scipy", "pydantic", "numpy")


def test_import_xner_loads_nothing_heavy():
    code = f"import sys, xner; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_command_line_helps_without_torch():
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom xner.cli.app import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output\n"
        "print([name for name in ('torch', 'transformers', 'spacy', 'simalign', 'streamlit') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
