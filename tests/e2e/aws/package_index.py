"""PyPI on this machine, for those that shall not see the real one: `python package_index.py FOLDER ADDRESS CERT KEY PORT`.

Serves the wheels in FOLDER over HTTPS on port 443 of ADDRESS as pypi.org (`/simple/NAME/`) and files.pythonhosted.org
do, whose paths hold the file's BLAKE2b digest; and over HTTP on PORT as a mirror of both, for a person who has no other names
for them. Prints a line for each request, the first when it listens.
"""

import collections
import hashlib
import http.server
import pathlib
import re
import ssl
import sys
import threading
import zipfile

FOLDER, ADDRESS, CERT, KEY, PORT = sys.argv[1:]


def path_of(wheel):
    digest = hashlib.blake2b(wheel.read_bytes(), digest_size=32).hexdigest()
    return "/packages/%s/%s/%s/%s" % (digest[:2], digest[2:4], digest[4:], wheel.name)


def metadata_of(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")))


FILES, PROJECTS = {}, collections.defaultdict(list)
for wheel in pathlib.Path(FOLDER).glob("*.whl"):
    path, metadata = path_of(wheel), metadata_of(wheel)
    FILES[path], FILES[path + ".metadata"] = wheel.read_bytes(), metadata
    PROJECTS[re.sub("[-_.]+", "-", wheel.name.split("-")[0]).lower()].append(path)


def page(paths, files):
    links = (
        '<a href="%s%s#sha256=%s" data-core-metadata="sha256=%s">%s</a><br>'
        % (files, path, sha256(FILES[path]), sha256(FILES[path + ".metadata"]), path.split("/")[-1])
        for path in paths
    )
    return ("<!DOCTYPE html><html><body>%s</body></html>" % "".join(links)).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host, project = self.headers["Host"], re.fullmatch("/simple/([^/]+)/", self.path)
        mirror = host == "%s:%s" % (ADDRESS, PORT)
        if (mirror or host == "files.pythonhosted.org") and self.path in FILES:
            self.answer(FILES[self.path], "application/octet-stream")
        elif (mirror or host == "pypi.org") and project and project[1] in PROJECTS:
            self.answer(page(PROJECTS[project[1]], "" if mirror else "https://files.pythonhosted.org"), "text/html")
        else:
            self.send_error(404)

    def answer(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *args):
        print(self.headers.get("Host"), form % args, flush=True)


server = http.server.ThreadingHTTPServer((ADDRESS, 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERT, KEY)
server.socket = context.wrap_socket(server.socket, server_side=True)
mirror = http.server.ThreadingHTTPServer((ADDRESS, int(PORT)), Handler)
threading.Thread(target=mirror.serve_forever, daemon=True).start()
print("serves %d projects" % len(PROJECTS), flush=True)
server.serve_forever()
