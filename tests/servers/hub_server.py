"""A hub of models on loopback: lists a model's files and hands them out, well or broken off."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.servers.http import LoopbackServer, Recorded, Reply

REVISION = "a" * 40


class HubServer(LoopbackServer):
    """Serves the folders in `models` by their hub ids. `cut` breaks off the answers with weights in the middle."""

    def __init__(self, models: dict[str, Path], *, port: int = 0) -> None:
        super().__init__(port=port)
        self.models = models
        self.cut = False

    async def answer(self, request: Recorded, reply: Reply) -> None:
        """Answer one request of the hub's protocol."""
        path = unquote(urlsplit(request.path).path).strip("/")
        for hub_id, folder in self.models.items():
            if path.startswith(f"api/models/{hub_id}"):
                self._list(path.removeprefix(f"api/models/{hub_id}"), hub_id, folder, reply)
                return
            if path.startswith(f"{hub_id}/resolve/"):
                self._file(folder / path.rpartition("/")[2], request, reply)
                return
        reply.whole(404, {"error": "Repository not found"}, (("x-error-code", "RepoNotFound"),))

    def _list(self, rest: str, hub_id: str, folder: Path, reply: Reply) -> None:
        files = [{"path": file.name, "rfilename": file.name, "type": "file", "size": file.stat().st_size, "oid": "0"}
                 for file in sorted(folder.iterdir())]  # fmt: skip
        if rest.startswith("/tree/"):
            reply.whole(200, files)
        else:
            reply.whole(200, {"id": hub_id, "sha": REVISION, "siblings": files, "private": False, "tags": []})

    def _file(self, file: Path, request: Recorded, reply: Reply) -> None:
        if not file.is_file():
            reply.whole(404, {"error": "Entry not found"}, (("x-error-code", "EntryNotFound"),))
            return
        data = file.read_bytes()
        named = (("etag", f'"{sha256(data).hexdigest()}"'), ("x-repo-commit", REVISION))
        if self.cut and file.suffix == ".safetensors" and request.method == "GET":
            reply.file(data[: len(data) // 2], (*named, ("x-cut", "yes")))
            reply.abort()
            return
        reply.file(data, named, head_only=request.method == "HEAD")
