// Modules, shared libraries and compilers that are missing or do not fit.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"No module named ", dependency_error, anywhere},
    Pattern{"cannot import name ", dependency_error, raised},
    Pattern{"cannot open shared object file", dependency_error, anywhere},
    Pattern{"undefined symbol: ", dependency_error, anywhere},
    Pattern{"version `GLIBC", dependency_error, anywhere},
    Pattern{"version `CXXABI", dependency_error, anywhere},
    Pattern{"DLL load failed", dependency_error, anywhere},
    Pattern{"[WinError 126]", dependency_error, raised},
    Pattern{"[WinError 127]", dependency_error, raised},
    Pattern{"Library not loaded: ", dependency_error, anywhere},
    Pattern{"Error building extension", dependency_error, raised},
    Pattern{"Error compiling objects for extension", dependency_error, raised},
    Pattern{"Ninja is required to load C++ extensions", dependency_error, raised},
    Pattern{"CUDA_HOME environment variable is not set", dependency_error, raised},
    Pattern{"CUDA_HOME does not exist", dependency_error, raised},
    Pattern{"The detected CUDA version (", dependency_error, raised, decisive, "mismatches"},
    Pattern{"CUDA Setup failed despite", dependency_error, anywhere},
    Pattern{"CUDA SETUP: Setup Failed!", dependency_error, anywhere},
    Pattern{"CUDA SETUP: Required library version not found", dependency_error, anywhere, weak},
    Pattern{"compiled without GPU support", dependency_error, raised},
    Pattern{"compiled with different CUDA", dependency_error, raised},
    Pattern{"compiled with different CUDA major versions", dependency_error, raised},
    Pattern{"operator torchvision::", dependency_error, raised, decisive, "does not exist"},
    Pattern{"numpy.dtype size changed", dependency_error, raised},
    Pattern{"numpy.ndarray size changed", dependency_error, raised},
    Pattern{"compiled using NumPy 1.x cannot be run in", dependency_error, anywhere, warning},
    Pattern{"compiled against API version", dependency_error, raised},
    Pattern{"Numpy is not available", dependency_error, raised},
    Pattern{"_ARRAY_API not found", dependency_error, raised},
    Pattern{"Descriptors cannot", dependency_error, raised, decisive, "created directly"},
    Pattern{"Failed to import ", dependency_error, raised, decisive,
            "because of the following error"},
    Pattern{"package metadata was found for", dependency_error, raised},
    Pattern{"distribution was not found and is required", dependency_error, raised},
    Pattern{"is required for a normal functioning of this module", dependency_error, raised},
    Pattern{"seems to be not installed", dependency_error, raised},
    Pattern{"is not installed", dependency_error, raised},
    Pattern{"not installed. Please", dependency_error, raised},
    Pattern{"library but it was not found in your environment", dependency_error, raised},
    Pattern{"packages that were not found in your environment", dependency_error, raised},
    Pattern{"Please install", dependency_error, raised},
    Pattern{"please install", dependency_error, raised},
    Pattern{"`pip install", dependency_error, raised},
    Pattern{"has no attribute", dependency_error, raised, decisive, "AttributeError: module '",
            "module '__main__'"},
    Pattern{"has no attribute", dependency_error, raised, decisive,
            "AttributeError: partially init"},
    Pattern{"Cannot find a working triton installation", dependency_error, raised},
    Pattern{"working triton installation", dependency_error, raised},
    Pattern{"No operator found for `memory_efficient_attention", dependency_error, raised},
    Pattern{"Failed to find C compiler", dependency_error, raised},
    Pattern{"InvalidCxxCompiler", dependency_error, raised},
    Pattern{"CppCompileError", dependency_error, raised},
    Pattern{"C++ compile error", dependency_error, raised},
    Pattern{"backend='inductor' raised", dependency_error, raised},
    Pattern{"fatal error: ", dependency_error, anywhere, weak, "No such file or directory"},
    Pattern{"error: command '", dependency_error, anywhere, decisive, "failed"},
    Pattern{"unsupported GNU version", dependency_error, anywhere, weak},
    Pattern{": command not found", dependency_error, anywhere, weak},
    Pattern{"ResolutionImpossible", dependency_error, anywhere},
    Pattern{"Could not find a version that satisfies the requirement", dependency_error, anywhere},
    Pattern{"Could not load library lib", dependency_error, anywhere},
    Pattern{"Could not load this library", dependency_error, raised},
    Pattern{"Could not load libtorchcodec", dependency_error, raised},
    Pattern{"Unable to load any of {libcudnn", dependency_error, anywhere},
    Pattern{"libcuda.so", dependency_error, raised, decisive, "not found"},
    Pattern{"incompatible architecture (have", dependency_error, raised},
    Pattern{"Symbol not found: ", dependency_error, raised},
    Pattern{"failed to map segment from shared object", dependency_error, raised},
    Pattern{"Loading a dataset cached in a LocalFileSystem is not supported", dependency_error,
            raised, weak},
    Pattern{"requires PyTorch", dependency_error, raised},
    Pattern{"Python version", dependency_error, raised, decisive, "require"},
};

}  // namespace

std::span<const Pattern> dependency_patterns() {
  return kPatterns;
}

}  // namespace tidemark
