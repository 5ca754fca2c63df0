// Names that do not resolve, servers that do not answer: the resolver's and the socket's words,
// urllib3, requests, httpx, aiohttp, huggingface_hub, wandb.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"Name or service not known", network_error, raised},
    Pattern{"Temporary failure in name resolution", network_error, raised},
    Pattern{"No address associated with hostname", network_error, raised},
    Pattern{"nodename nor servname provided", network_error, raised},
    Pattern{"getaddrinfo failed", network_error, raised},
    Pattern{"Could not resolve host", network_error, anywhere},
    Pattern{"Failed to resolve '", network_error, raised},
    Pattern{"Network is unreachable", network_error, raised},
    Pattern{"No route to host", network_error, raised},
    Pattern{"Connection refused", network_error, raised},
    Pattern{"Connection timed out", network_error, raised},
    Pattern{"Connection reset by peer", network_error, raised, weak},
    Pattern{"Connection aborted", network_error, raised},
    Pattern{"Remote end closed connection without response", network_error, raised},
    Pattern{"All connection attempts failed", network_error, raised},
    Pattern{"Server disconnected", network_error, raised},
    Pattern{"Max retries exceeded with url", network_error, raised},
    Pattern{"Read timed out", network_error, raised},
    Pattern{"The read operation timed out", network_error, raised},
    Pattern{"handshake operation timed out", network_error, raised},
    Pattern{"IncompleteRead(", network_error, raised},
    Pattern{"Response ended prematurely", network_error, raised},
    Pattern{"peer closed connection without sending complete", network_error, raised},
    Pattern{"CERTIFICATE_VERIFY_FAILED", network_error, raised},
    Pattern{"UNEXPECTED_EOF_WHILE_READING", network_error, raised},
    Pattern{"SSL: WRONG_VERSION_NUMBER", network_error, raised},
    Pattern{"Cannot connect to proxy", network_error, raised},
    Pattern{"We couldn't connect to '", network_error, anywhere},
    Pattern{"couldn't connect to the Hub", network_error, raised},
    Pattern{"Couldn't reach ", network_error, raised},
    Pattern{"outgoing traffic has been disabled", network_error, raised},
    Pattern{"offline mode is enabled", network_error, raised},
    Pattern{"Cannot find the requested files in the local cache", network_error, raised, weak},
    Pattern{"An error happened while trying to locate the file on the Hub", network_error, raised},
    Pattern{"Consistency check failed: file should be of size", network_error, raised},
    Pattern{"429 Client Error", network_error, raised},
    Pattern{"Too Many Requests", network_error, raised},
    Pattern{"HTTP Error 429", network_error, raised},
    Pattern{"rate limit", network_error, raised, decisive, "429"},
    Pattern{"408 Client Error", network_error, raised},
    Pattern{"500 Server Error", network_error, raised},
    Pattern{"501 Server Error", network_error, raised},
    Pattern{"502 Server Error", network_error, raised},
    Pattern{"503 Server Error", network_error, raised},
    Pattern{"504 Server Error", network_error, raised},
    Pattern{"520 Server Error", network_error, raised},
    Pattern{"522 Server Error", network_error, raised},
    Pattern{"Server error '5", network_error, raised},
    Pattern{"HTTP Error 500", network_error, raised},
    Pattern{"HTTP Error 502", network_error, raised},
    Pattern{"HTTP Error 503", network_error, raised},
    Pattern{"HTTP Error 504", network_error, raised},
    Pattern{"Bad Gateway", network_error, raised},
    Pattern{"Gateway Time", network_error, raised},
    Pattern{"Service Unavailable", network_error, raised},
    Pattern{"timed out", network_error, raised, weak, "urlopen error"},
    Pattern{"<urlopen error", network_error, raised},
    Pattern{"Error code: 429", network_error, raised},
    Pattern{"Error code: 5", network_error, raised},
    Pattern{"CAS Client Error", network_error, raised},
    Pattern{"error decoding response body", network_error, raised},
    Pattern{"CAS service error", network_error, raised},
    Pattern{"Could not connect to the endpoint URL", network_error, raised},
    Pattern{"Connect timeout on endpoint URL", network_error, raised},
    Pattern{"unable to resolve host address", network_error, anywhere, weak},
    Pattern{"curl: (6) ", network_error, anywhere, weak},
    Pattern{"curl: (7) ", network_error, anywhere, weak},
    Pattern{"curl: (28) ", network_error, anywhere, weak},
    Pattern{"curl: (35) ", network_error, anywhere, weak},
    Pattern{"curl: (56) ", network_error, anywhere, weak},
    Pattern{"error: RPC failed; ", network_error, anywhere, weak},
    Pattern{"thrown while requesting ", network_error, anywhere, warning},
    Pattern{"encountered (Filestream rate limit exceeded", network_error, anywhere, warning},
    Pattern{"entering retry loop", network_error, anywhere, warning},
};

}  // namespace

std::span<const Pattern> network_patterns() {
  return kPatterns;
}

}  // namespace tidemark
