"""
Runs the Python blocks of a page, one after the other, as the cells of a notebook in a folder, and prints what each shows, as JSON.

    python run_page.py PAGE FOLDER
"""

import json
import re
import sys

import nbformat
from nbclient import NotebookClient

with open(sys.argv[1], encoding="utf-8") as file:
    blocks = re.findall(r"^```python\n(.*?)^```$", file.read(), re.M | re.S)
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(block) for block in blocks])
NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
shown = [
    [
        {"types": sorted(output.get("data", {})), "text": output.get("text") or output.get("data", {}).get("text/plain", "")}
        for output in cell.outputs
        if output.get("name") != "stderr"
    ]
    for cell in notebook.cells
]
print(json.dumps(shown))
