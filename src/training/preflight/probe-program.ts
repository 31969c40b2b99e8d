/**
 * What the trainer's own Python is asked; standard library only, one line of JSON after the mark. Nothing is allocated on a GPU:
 * PyTorch counts devices through NVML where it can. The server is asked from here because only here the trainer's proxy variables mean
 * what they will mean to it.
 */
export const PROBE_MARK = "autoloop-probe ";

export const PROBE_PROGRAM = `
import importlib.metadata, importlib.util, json, os, sys
import urllib.error, urllib.parse, urllib.request

asked = json.loads(sys.argv[1])

def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None

def find(name):
    try:
        return "found" if importlib.util.find_spec(name) is not None else "missing"
    except ModuleNotFoundError:
        return "missing"
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)

def has_get_url():
    try:
        from wandb.sdk.wandb_run import Run
        return hasattr(Run, "get_url")
    except Exception:
        return None

def cuda():
    os.environ.setdefault("PYTORCH_NVML_BASED_CUDA_CHECK", "1")
    try:
        import torch
        visible = torch.cuda.device_count() if torch.cuda.is_available() else 0
        return {"build": torch.version.cuda, "visible": visible, "error": None}
    except Exception as error:
        return {"build": None, "visible": 0, "error": "%s: %s" % (type(error).__name__, error)}

def key(host):
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        import netrc
        return netrc.netrc().authenticators(host) is not None
    except FileNotFoundError:
        return False
    except Exception:
        return None

def server(url):
    host = urllib.parse.urlsplit(url).hostname
    local = host in ("localhost", "127.0.0.1", "::1")
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if local else []))
    proxied = not local and bool(urllib.request.getproxies()) and not urllib.request.proxy_bypass(host)
    answer = {"host": host, "key": key(host), "proxied": proxied, "status": None, "error": None}
    try:
        answer["status"] = opener.open(url, timeout=15).status
    except urllib.error.HTTPError as error:
        answer["status"] = error.code
    except Exception as error:
        answer["error"] = str(error)
    return answer

answer = {
    "python": "%d.%d.%d" % sys.version_info[:3],
    "module": find(asked["module"]) if asked["module"] else None,
    "wandb": version("wandb"),
    "get_url": has_get_url() if asked["get_url"] else None,
    "pot": version("POT"),
    "torch": version("torch"),
    "cuda": cuda() if asked["cuda"] else None,
    "server": server(asked["server"]) if asked["server"] else None,
}
print("${PROBE_MARK}" + json.dumps(answer))
`;
