"""Every error a person can meet, in one tree.

Each message says what happened; `next_step` says what to do about it. Both are plain sentences that a page or the shell
can show as they are. `detail` keeps the words of the other side (provider, operating system) for whoever asks why.

ClaudePrompterError
├── InputError                  what a person entered cannot be used
│   ├── EmptyPrompt
│   ├── PromptTooLong
│   ├── TextTooLarge
│   ├── NoModelChosen
│   ├── UnknownModel
│   ├── NothingAllowed          the rules leave Auto no model to ask
│   ├── StaysInside             a prompt that must stay inside would be sent outside
│   ├── MissingVariable
│   ├── BadAddress
│   ├── BadKey
│   └── UnreadableFile
├── NotFound                    a link or a name that leads nowhere
├── NotAllowed                  this person may not do this here
├── SettingsError               the environment or a settings file is wrong
├── CostNeedsConsent            the run would cost far more than the button said
├── BudgetReached               a budget's hard limit leaves no room for the run
├── ModelError                  one attempt at one model failed
│   ├── MissingKey
│   ├── WrongKey
│   ├── AccessDenied
│   ├── NoCredit
│   ├── ModelNotFound
│   ├── RateLimited             retryable, may carry a wait in seconds
│   ├── ProviderFault           retryable
│   ├── Unreachable             retryable
│   ├── Stalled                 retryable
│   ├── DeadlinePassed
│   ├── BrokenAnswer            retryable
│   ├── CutStream               retryable once, the partial text is kept
│   ├── ContextTooLong
│   ├── RequestRefused
│   ├── ContentRefused
│   └── ModelPaused             the breaker is open
├── JudgeSilent                 an AI judge gave no answer to a question
├── EmbeddingFailed             the meaning of a text could not be read
└── StoreError                  the database cannot be used
    ├── DiskFull
    ├── ReadOnlyStore
    ├── StoreBusy
    ├── StoreUnreachable
    └── StoreTooNew
"""

from typing import ClassVar


class ClaudePrompterError(Exception):
    """Root of the tree: `message` says what happened, `next_step` what to do, `detail` quotes the other side."""

    kind: ClassVar[str] = "error"
    usual_next_step: ClassVar[str] = ""

    def __init__(self, message: str, *, next_step: str = "", detail: str = "") -> None:
        """Keep the three texts; `next_step` falls back to what is usual for the class."""
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.usual_next_step
        self.detail = detail

    def __str__(self) -> str:
        """Give message and next step as one text."""
        return f"{self.message} {self.next_step}".strip()


class InputError(ClaudePrompterError):
    """What a person entered cannot be used; nothing was sent."""

    kind = "input"


class EmptyPrompt(InputError):
    """The prompt has no text."""

    kind = "empty_prompt"
    usual_next_step = "Type a prompt or take a sample."


class PromptTooLong(InputError):
    """The prompt does not fit the context of a chosen model."""

    kind = "prompt_too_long"
    usual_next_step = "Shorten the prompt or choose a model with a larger context."


class TextTooLarge(InputError):
    """The text is larger than the app takes in one prompt."""

    kind = "text_too_large"
    usual_next_step = "Shorten it, or split it over several runs."


class NoModelChosen(InputError):
    """A run needs at least one model."""

    kind = "no_model"
    usual_next_step = "Add a model."


class UnknownModel(InputError):
    """No connected provider or endpoint serves this model."""

    kind = "unknown_model"
    usual_next_step = "Choose one from the list, or connect it first."


class NothingAllowed(InputError):
    """The rules leave Auto no model that could be asked now; nothing was sent."""

    kind = "nothing_allowed"
    usual_next_step = "Start or connect a model, or look at the rules under Router."


class StaysInside(InputError):
    """A prompt that must stay inside would have been sent outside; it was not."""

    kind = "stays_inside"
    usual_next_step = "Choose models on this machine or our network, or look at the rules under Router."


class MissingVariable(InputError):
    """A {{variable}} of the prompt has no value."""

    kind = "missing_variable"
    usual_next_step = "Fill in every field of the prompt."


class BadAddress(InputError):
    """A server's address may not, or cannot, be called."""

    kind = "bad_address"
    usual_next_step = "Give an address such as http://127.0.0.1:8000/v1, and say truly where it is."


class BadKey(InputError):
    """What was pasted cannot be a key."""

    kind = "bad_key"
    usual_next_step = "Copy the key again from the provider's page, whole and on one line."


class UnreadableFile(InputError):
    """A file is not what it should be."""

    kind = "unreadable_file"


class NotFound(ClaudePrompterError):
    """A link or a name leads nowhere."""

    kind = "not_found"


class NotAllowed(ClaudePrompterError):
    """This person may not do this here."""

    kind = "not_allowed"


class SettingsError(ClaudePrompterError):
    """The environment or a settings file cannot be understood."""

    kind = "settings"


class CostNeedsConsent(ClaudePrompterError):
    """The run would cost far more than the button said; it starts once the person agrees."""

    kind = "cost_needs_consent"
    usual_next_step = "Run it all the same, or choose fewer shots."


class BudgetReached(ClaudePrompterError):
    """A hard limit leaves no room for the run; none of its calls was made. `calls` names them: "Sage × 2".

    `budget` is its key. With `inside_only` models inside may still be asked; `inside` are those that the run named.
    """

    kind = "budget_reached"
    usual_next_step = "Choose cheaper models or fewer shots, or change the budget."

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        detail: str = "",
        calls: tuple[str, ...] = (),
        budget: int = 0,
        inside_only: bool = False,
        inside: tuple[str, ...] = (),
    ) -> None:
        """Keep the calls that were not made, and what may still be asked."""
        super().__init__(message, next_step=next_step, detail=detail)
        self.calls = calls
        self.budget = budget
        self.inside_only = inside_only
        self.inside = inside


class ModelError(ClaudePrompterError):
    """One attempt at one model failed. `retryable` says whether another attempt can help."""

    kind = "model_error"
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        next_step: str = "",
        detail: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep the HTTP status where there was one, and the wait in seconds that the provider asked for."""
        super().__init__(message, next_step=next_step, detail=detail)
        self.http_status = http_status
        self.retry_after = retry_after


class MissingKey(ModelError):
    """No key is known for the provider."""

    kind = "missing_key"
    usual_next_step = "Connect the model under Settings and paste its key."


class WrongKey(ModelError):
    """The provider does not accept the key (401)."""

    kind = "wrong_key"
    usual_next_step = "Check the key under Settings, or paste a new one."


class AccessDenied(ModelError):
    """The key is known but may not use this model (403)."""

    kind = "access_denied"
    usual_next_step = "Ask whoever owns the account to allow this model."


class NoCredit(ModelError):
    """The provider's account has no money or quota left (402, or 429 with a quota error)."""

    kind = "no_credit"
    usual_next_step = "Top up the account with the provider, or use another model."


class ModelNotFound(ModelError):
    """The provider does not know this model (404)."""

    kind = "model_not_found"
    usual_next_step = "Check the model's name, or choose another."


class RateLimited(ModelError):
    """The provider asks for a pause (429)."""

    kind = "rate_limited"
    retryable = True
    usual_next_step = "It is tried again by itself; fewer shots at once help."


class ProviderFault(ModelError):
    """The provider failed on its side (5xx)."""

    kind = "provider_fault"
    retryable = True
    usual_next_step = "Try again in a moment."


class Unreachable(ModelError):
    """No connection to the host: refused, no such name, or no network."""

    kind = "unreachable"
    retryable = True
    usual_next_step = "Check that the server is up and the network works."


class Stalled(ModelError):
    """The model stopped sending before it was done."""

    kind = "stalled"
    retryable = True
    usual_next_step = "Try again; if it keeps stalling, use another model."


class DeadlinePassed(ModelError):
    """The shot ran out of its total time."""

    kind = "deadline"
    usual_next_step = "Ask for a shorter answer, or use a faster model."


class BrokenAnswer(ModelError):
    """The provider sent something that cannot be understood, or an error inside the stream."""

    kind = "broken_answer"
    retryable = True
    usual_next_step = "Try again in a moment."


class CutStream(ModelError):
    """The stream ended without saying why; what arrived is kept."""

    kind = "cut"
    retryable = True
    usual_next_step = "Try again for a whole answer."


class ContextTooLong(ModelError):
    """Prompt and answer do not fit the model's context."""

    kind = "context_too_long"
    usual_next_step = "Shorten the prompt, or choose a model with a larger context."


class RequestRefused(ModelError):
    """The provider refuses the request as it stands (400, 422)."""

    kind = "request_refused"
    usual_next_step = "See the provider's words; a setting under More may not suit this model."


class ContentRefused(ModelError):
    """The provider's content rules refuse the prompt."""

    kind = "content_refused"
    usual_next_step = "Reword the prompt, or ask another model."


class ModelPaused(ModelError):
    """The model failed several times in a row and is left alone for a while."""

    kind = "paused"
    usual_next_step = "It is tried again by itself after the pause."


class JudgeSilent(ClaudePrompterError):
    """An AI judge gave no answer to a question."""

    kind = "judge_silent"
    usual_next_step = "Go on later, or choose another judge."


class EmbeddingFailed(ClaudePrompterError):
    """The process that reads the meaning of texts cannot be used; nothing else is affected."""

    kind = "embedding"
    usual_next_step = "Try again; if it stays so, reinstall the package that holds the embedding model."


class StoreError(ClaudePrompterError):
    """The database cannot be used as asked; nothing was half written."""

    kind = "store"


class DiskFull(StoreError):
    """No room is left for the database."""

    kind = "disk_full"
    usual_next_step = "Make room on the disk that holds the data folder, then try again. What was recorded is safe."


class ReadOnlyStore(StoreError):
    """The database may be read but not written."""

    kind = "read_only"
    usual_next_step = "Give the app the right to write to the data folder. What was recorded is safe."


class StoreBusy(StoreError):
    """Another program kept the database locked too long."""

    kind = "store_busy"
    usual_next_step = "Try again; if it stays so, look for another program that has the database open."


class StoreUnreachable(StoreError):
    """The database server does not answer, or the file cannot be opened."""

    kind = "store_unreachable"
    usual_next_step = "Check DATABASE_URL and that the server is up."


class StoreTooNew(StoreError):
    """The database was written by a newer version of the app."""

    kind = "store_too_new"
    usual_next_step = "Update the app, or restore the copy kept in data/backups."
