"""The folder of the release that a user names: a folder, or a dataset on the Hugging Face Hub, which is fetched."""

from __future__ import annotations

import os
import re
import sys
import warnings
from contextlib import nullcontext
from pathlib import Path

from standpoint.core.files import SUMS
from standpoint.core.model import Reporter, StandpointError
from standpoint.core.project import is_version, parse_version
from standpoint.splits.overlap import hidden_progress_bars

# Parts of both become names of files in the cache: none may be "..".
ON_HUB = re.compile(r"(?!.*\.\.)(?P<repo>\w[\w.-]*/\w[\w.-]*)(@(?P<revision>[\w.+-]+(/[\w.+-]+)*))?", re.ASCII)
FORMS = "name the folder of a release or, on the Hugging Face Hub, owner/name@v1.0.0"
SERVER_ERROR = 500  # from this status on, the Hub is at fault, and not the request


def find_release(name: str | os.PathLike[str], reporter: Reporter | None = None) -> Path:
    """The folder of a release: ``name`` itself or, for owner/name[@revision], where the Hub's files are kept on this computer.

    A revision is a version (1.0.0), a tag, a branch or a commit; without one, it is the branch main. HF_ENDPOINT says which Hub,
    HF_TOKEN or `hf auth login` what may be read, and HF_HOME where files are kept. If the Hub is out of reach, the files that
    were fetched before are taken, and a warning says so if no reporter is told. ``reporter`` is told the commit and the folder. A
    folder goes before a dataset of its name.

    StandpointError if there is no such release. Whether its files are whole is left to ``open_release``.
    """
    name = os.fspath(name)
    match = ON_HUB.fullmatch(name)
    # An empty name, which is what a shell makes of a variable without a value, is the folder "." to Path.
    if name and os.path.isdir(name):
        if match and match["revision"] and reporter:
            reporter.say(f"{name}: a folder of this name is here, and is taken; the Hub is not asked")
        return Path(name)
    if not match or os.path.exists(name):
        raise StandpointError(f"{name or repr(name)}: no such folder", FORMS)
    revision = match["revision"] or "main"
    folder, remark = _fetch(name, match["repo"], parse_version(revision).tag if is_version(revision) else revision)
    if reporter:
        reporter.say(f"{name}: commit {folder.name[:8]} of the Hub, in {folder}{remark}")
    elif remark:
        warnings.warn(f"{name}: commit {folder.name[:8]}{remark}", stacklevel=2)
    return folder


def find_collection(location: str, reporter: Reporter | None = None) -> str:
    """A collection of texts with the folder of a release in place of its name on the Hub: owner/name[@revision][:[CONFIG/]SPLIT].

    A location of any other form stays as it is.
    """
    name, colon, split = location.partition(":")
    if any(map(os.path.exists, (location, location.rpartition(":")[0]))) or not ON_HUB.fullmatch(name):
        return location
    return f"{find_release(name, reporter)}{colon}{split}"


def _fetch(name: str, repo: str, revision: str) -> tuple[Path, str]:
    """The folder with the files of a revision, and a remark if it was not possible to ask the Hub for them."""
    # Imported here, because it takes half a second. HTTPError is that of the HTTP library: httpx, or httpx2 in version 2.
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
        LocalEntryNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    api, remark = HfApi(endpoint=os.environ.get("HF_ENDPOINT")), ""
    try:
        try:
            # Asked first: snapshot_download does not say whether it was the Hub that answered, or what was fetched before.
            files = api.dataset_info(repo, revision=revision).siblings or ()
            if SUMS not in {file.rfilename for file in files}:  # it may be terabytes of something else
                raise StandpointError(f"{name}: a dataset on the Hub, and not a release (it has no {SUMS})", FORMS)
        except RevisionNotFoundError:
            tags = ", ".join(tag.name for tag in api.list_repo_refs(repo, repo_type="dataset").tags) or "no version"
            raise StandpointError(f"{name}: the dataset {repo} has no revision {revision!r}", f"it has {tags}") from None
        except HfHubHTTPError as error:
            if error.response.status_code < SERVER_ERROR:
                raise
            remark = f"the Hub answers {error.response.status_code}"
        except (HTTPError, OfflineModeIsEnabled) as error:
            remark = f"the Hub is out of reach ({_line(error)})"
        with nullcontext() if sys.stderr.isatty() else hidden_progress_bars("huggingface_hub"):
            folder = api.snapshot_download(repo, repo_type="dataset", revision=revision, local_files_only=bool(remark))
    except GatedRepoError:
        hint = f"ask for access on {api.endpoint}/datasets/{repo}, and set HF_TOKEN or run `hf auth login`"
        raise StandpointError(f"{name}: who reads this dataset needs its owner's leave", hint) from None
    except RepositoryNotFoundError:
        message = f"{name}: no such folder here, and no dataset of this name on {api.endpoint} that you may read"
        raise StandpointError(message, "check the name; for a private dataset, set HF_TOKEN or run `hf auth login`") from None
    except LocalEntryNotFoundError as error:
        message = f"{name}: no such folder here, and not fetched before; {remark or _line(error)}"
        raise StandpointError(
            message, "try again when the Hub is in reach (HF_ENDPOINT, HF_HUB_OFFLINE), or name a folder"
        ) from None
    except HFValidationError as error:
        raise StandpointError(f"{name}: no such folder here, and no name on the Hub: {_line(error)}", FORMS) from None
    except (HTTPError, OSError, RuntimeError, ValueError) as error:
        raise StandpointError(
            f"{name}: not fetched: {_line(error)}", "try again; HF_ENDPOINT and HF_TOKEN say from where"
        ) from None
    return Path(folder), f"; it was fetched before: {remark}" if remark else ""


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
