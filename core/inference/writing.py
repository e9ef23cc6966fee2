"""A small open model that writes answers in this process, through transformers, one after the other.

Requests: `{"id", "op": "write", "folder", "system", "prompt", "temperature", "max_tokens", "seed"}` and
`{"op": "cancel", "id"}`. Frames back, all with the request's id: any number of `{"text"}`, then `{"finish": "stop" |
"length" | "cancelled", "input_tokens", "output_tokens"}`, or `{"error", "detail"}`. The first frame says `{"ready"}`.
"""

import hashlib
import os
import queue
import threading
from pathlib import Path
from typing import Any, BinaryIO

from core.inference.frames import read_frame, write_frame

TOO_LONG = "context"
"""The error of a prompt that leaves no room for an answer."""


class Desk:
    """Takes requests from a pipe and has one written at a time: more at once would only make each slower."""

    def __init__(self, replies: BinaryIO, *, threads: int) -> None:
        """Write frames to `replies`. No model is loaded yet."""
        self._replies = replies
        self._threads = threads
        self._writing = threading.Lock()  # whole frames only
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._stops: dict[int, threading.Event] = {}
        self._writer: Writer | None = None

    def serve(self, requests: BinaryIO) -> None:
        """Answer until the input ends; what is being written then is stopped."""
        worker = threading.Thread(target=self._work, name="writer", daemon=True)
        worker.start()
        self._send({"ready": True})
        while (frame := read_frame(requests)) is not None:
            header, _ = frame
            asked = int(header["id"])
            if header.get("op") == "cancel":
                stop = self._stops.get(asked)
                if stop is not None:
                    stop.set()
            else:
                self._stops[asked] = threading.Event()
                self._waiting.put(header)
        for stop in list(self._stops.values()):
            stop.set()
        self._waiting.put(None)
        worker.join(timeout=5)

    def _work(self) -> None:
        while (header := self._waiting.get()) is not None:
            asked = int(header["id"])
            stop = self._stops[asked]
            try:
                end = self._write(header, stop)
            except PromptTooLong as error:
                end = {"error": TOO_LONG, "detail": str(error)}
            except Exception as error:
                end = {"error": type(error).__name__, "detail": str(error)}
            self._stops.pop(asked, None)
            self._send({"id": asked, **end})

    def _write(self, header: dict[str, Any], stop: threading.Event) -> dict[str, Any]:
        if stop.is_set():
            return {"finish": "cancelled", "input_tokens": 0, "output_tokens": 0}
        folder = Path(str(header["folder"]))
        if self._writer is None or self._writer.folder != folder:
            self._writer = None  # frees the one before
            self._writer = Writer(folder, threads=self._threads)
        asked = int(header["id"])
        return self._writer.write(header, stop, lambda text: self._send({"id": asked, "text": text}))

    def _send(self, header: dict[str, Any]) -> None:
        with self._writing:
            write_frame(self._replies, header)


class PromptTooLong(Exception):
    """The prompt fills the model's context."""


class Writer:
    """One loaded model of a folder with `config.json`, a tokenizer and safetensors weights."""

    def __init__(self, folder: Path, *, threads: int) -> None:
        """Load it, from this folder alone and without running any code of its own. Raises OSError, ValueError."""
        os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", TOKENIZERS_PARALLELISM="false")
        import torch  # noqa: PLC0415 - only this process may load it
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415

        torch.set_num_threads(threads)
        self.folder = folder
        keep = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), **keep)
        model: Any = AutoModelForCausalLM.from_pretrained(str(folder), use_safetensors=True, dtype="auto", **keep)
        self._model = model.eval()
        self._context = int(getattr(self._model.config, "max_position_embeddings", 0) or 2048)

    def write(self, header: dict[str, Any], stop: threading.Event, say: Any) -> dict[str, Any]:
        """Write one answer, saying each piece as it comes, and give how it ended. Raises PromptTooLong."""
        import torch  # noqa: PLC0415

        inputs = self._inputs(str(header.get("system") or ""), str(header["prompt"]))
        length = int(inputs["input_ids"].shape[1])
        room = min(int(header["max_tokens"]), self._context - length)
        if room < 1:
            raise PromptTooLong(f"{length} tokens of {self._context}")
        temperature = float(header["temperature"])
        chance = {"do_sample": True, "temperature": temperature} if temperature > 0 else {"do_sample": False}
        seed = hashlib.sha256(str(header.get("seed", "")).encode()).digest()
        torch.manual_seed(int.from_bytes(seed[:4], "big"))
        with torch.inference_mode():
            written = self._model.generate(
                **inputs, **chance, max_new_tokens=room, streamer=_Saying(self._tokenizer, say),
                stopping_criteria=_stopping(stop), pad_token_id=self._padding(),
            )  # fmt: skip
        new = written[0][length:].tolist()
        ended = bool(new) and new[-1] in self._ends()
        finish = "stop" if ended else "cancelled" if stop.is_set() else "length"
        return {"finish": finish, "input_tokens": length, "output_tokens": len(new)}

    def _inputs(self, system: str, prompt: str) -> Any:
        if not self._tokenizer.chat_template:
            return self._tokenizer(f"{system}\n\n{prompt}" if system else prompt, return_tensors="pt")
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": prompt})
        return self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )

    def _ends(self) -> set[int]:
        found = self._model.generation_config.eos_token_id
        return set(found) if isinstance(found, list) else {found}

    def _padding(self) -> Any:
        if self._tokenizer.pad_token_id is not None:
            return self._tokenizer.pad_token_id
        return next(iter(self._ends()))


def _Saying(tokenizer: Any, say: Any) -> Any:  # noqa: N802 - it gives an instance of a class that needs transformers
    """Give a streamer that says each piece of the answer."""
    from transformers import TextStreamer  # noqa: PLC0415

    class Saying(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            if text:
                say(text)

    return Saying(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _stopping(stop: threading.Event) -> Any:
    from transformers import StoppingCriteria, StoppingCriteriaList  # noqa: PLC0415

    class Asked(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
            import torch  # noqa: PLC0415

            return torch.full((input_ids.shape[0],), stop.is_set(), dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([Asked()])
