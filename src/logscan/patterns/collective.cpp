// Collectives and rendezvous: NCCL and RCCL (one code base), gloo, HCCL, c10d's stores, torchrun.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"is setting up NCCL communicator", nccl_error, raised, weak},
    Pattern{"Watchdog caught collective operation timeout", nccl_error, anywhere, weak},
    Pattern{"Some NCCL operations have failed or timed out", nccl_error, anywhere, echo},
    Pattern{"NCCL communicator was aborted", nccl_error, anywhere, echo},
    Pattern{"Duplicate GPU detected", nccl_error, anywhere},
    Pattern{"ncclUnhandledCudaError", nccl_error, raised, weak},
    Pattern{"ncclSystemError", nccl_error, raised, weak},
    Pattern{"ncclInternalError", nccl_error, raised, weak},
    Pattern{"ncclInvalidUsage", nccl_error, raised, weak},
    Pattern{"ncclRemoteError", nccl_error, raised, weak},
    Pattern{"NCCL error", nccl_error, anywhere, weak},
    Pattern{"NCCL Error", nccl_error, anywhere, weak},
    Pattern{"RCCL error", nccl_error, anywhere, weak},
    Pattern{"NCCL WARN", nccl_error, anywhere, weak, {}, "NCCL_"},
    Pattern{"Timeout(ms)=", nccl_error, raised, weak},
    Pattern{"HCCL", nccl_error, raised, weak, "rror"},
    Pattern{"HcclAllReduce", nccl_error, raised, weak},
    Pattern{"gloo/transport", nccl_error, anywhere, weak},
    Pattern{"Gloo connectFullMesh failed", nccl_error, anywhere, weak},
    Pattern{"connectFullMesh failed", nccl_error, raised, weak},
    Pattern{"third_party/gloo", nccl_error, raised, weak},
    Pattern{"Application timeout caused pair closure", nccl_error, anywhere, weak},
    Pattern{"Horovod has been shut down", nccl_error, raised, weak},
    Pattern{"server socket has failed to listen", nccl_error, raised},
    Pattern{"server socket on [", nccl_error, raised},
    Pattern{"client socket has timed out", nccl_error, raised, weak},
    Pattern{"client socket has failed to connect", nccl_error, raised, weak},
    Pattern{"EADDRINUSE", nccl_error, raised},
    Pattern{"Address already in use", nccl_error, raised, decisive, "socket"},
    Pattern{"Timed out initializing process group", nccl_error, raised, weak},
    Pattern{"waiting for clients", nccl_error, raised, weak, "imed out"},
    Pattern{"wait timeout after", nccl_error, raised, weak},
    Pattern{"Store is not valid", nccl_error, raised, weak},
    Pattern{"TCPStore", nccl_error, raised, weak},
    Pattern{"RendezvousConnectionError", nccl_error, raised, weak},
    Pattern{"connection to the C10d store has failed", nccl_error, raised, weak},
    Pattern{"monitoredBarrier", nccl_error, raised, weak},
    Pattern{"reduce_scatter timed out", nccl_error, raised, weak},
    Pattern{"Detected mismatch between collectives on ranks", nccl_error, raised},
    Pattern{"[c10d] ", nccl_error, raised, weak},
    Pattern{"[c10d] The client socket has timed out", nccl_error, anywhere, weak},
    Pattern{"[c10d] The server socket has failed to", nccl_error, anywhere, weak},
    // torch 2's classes of their own, with strerror's words alone.
    Pattern{"DistNetworkError: ", nccl_error, raised, weak},
    Pattern{"DistStoreError: ", nccl_error, raised, weak},
    Pattern{"DistBackendError: ", nccl_error, raised, weak},
    // c10d's sockets and stores raise RuntimeError with strerror's words alone.
    Pattern{"RuntimeError: Address already in use", nccl_error, raised},
    Pattern{"RuntimeError: Connection reset by peer", nccl_error, raised, weak},
    Pattern{"RuntimeError: Connection refused", nccl_error, raised, weak},
    Pattern{"RuntimeError: Broken pipe", nccl_error, raised, weak},
    Pattern{"RuntimeError: Socket Timeout", nccl_error, raised, weak},
    Pattern{"is setting up NCCL communicator", nccl_error, raised, weak},
    Pattern{"Error initializing torch.distributed using", nccl_error, raised},
    Pattern{"package doesn't have NCCL", nccl_error, raised},
    Pattern{"Default process group has not been initialized", nccl_error, raised},
    Pattern{"unsupported gloo device", nccl_error, raised},
};

}  // namespace

std::span<const Pattern> collective_patterns() {
  return kPatterns;
}

}  // namespace tidemark
