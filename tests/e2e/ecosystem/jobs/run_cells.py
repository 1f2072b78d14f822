"""
Runs the cells of a notebook, one after the other, in a folder, and prints what each shows, as JSON.

    python run_cells.py CELLS FOLDER

CELLS is a file with a JSON list of their texts.
"""

import json
import sys

import nbformat
from nbclient import NotebookClient

with open(sys.argv[1], encoding="utf-8") as file:
    cells = json.load(file)
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
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
