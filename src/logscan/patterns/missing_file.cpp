// Files, folders, checkpoints and repositories that are not there.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"can't open file '", missing_file, anywhere},
    Pattern{"No such file or directory", missing_file, raised},
    Pattern{"No such file or directory (os error 2)", missing_file, raised},
    Pattern{"The system cannot find the ", missing_file, raised},
    Pattern{"Cannot find data file", missing_file, raised},
    Pattern{"Repository Not Found", missing_file, raised},
    Pattern{"Entry Not Found", missing_file, raised},
    Pattern{"Revision Not Found", missing_file, raised},
    Pattern{"404 Client Error", missing_file, raised},
    Pattern{"404 Not Found", missing_file, raised},
    Pattern{"HTTP Error 404", missing_file, raised},
    Pattern{"(404)", missing_file, raised, weak},
    Pattern{"NoSuchKey", missing_file, raised},
    Pattern{"is not a local folder and is not a valid model identifier", missing_file, raised},
    Pattern{"is not a valid model identifier", missing_file, raised},
    Pattern{"is not the path to a directory containing a file named", missing_file, raised},
    Pattern{"does not appear to have a file named", missing_file, raised},
    Pattern{"Error no file named ", missing_file, raised},
    Pattern{"no file named ", missing_file, raised},
    Pattern{"Can't load tokenizer for", missing_file, raised},
    Pattern{"Can't load config for", missing_file, raised},
    Pattern{"Can't load the configuration of", missing_file, raised},
    Pattern{"Can't load the model for", missing_file, raised},
    Pattern{"Can't load feature extractor for", missing_file, raised},
    Pattern{"Can't load image processor for", missing_file, raised},
    Pattern{"Incorrect path_or_model_id", missing_file, raised},
    Pattern{"ataset not found", missing_file, raised},
    Pattern{"doesn't exist on the Hub", missing_file, raised},
    Pattern{"Couldn't find a dataset script", missing_file, raised},
    Pattern{"Couldn't find any data file", missing_file, raised},
    Pattern{"Couldn't find file at", missing_file, raised},
    Pattern{"Couldn't find cache for", missing_file, raised},
    Pattern{"Unable to find '", missing_file, raised},
    Pattern{"unable to open file", missing_file, raised, decisive, "errno = 2"},
    Pattern{"not a valid file or directory", missing_file, raised},
    Pattern{"is not a directory", missing_file, raised},
    Pattern{"Path does not exist", missing_file, raised},
    Pattern{"does not exist", missing_file, raised},
    Pattern{"doesn't exist", missing_file, raised},
    Pattern{"do not exist", missing_file, raised},
    Pattern{"don't exist", missing_file, raised},
    Pattern{"not exist", missing_file, raised},
    Pattern{"file not found", missing_file, raised},
    Pattern{"File not found", missing_file, raised},
    Pattern{"Could not find checkpoint", missing_file, raised},
    Pattern{"Can't find '", missing_file, raised},
    Pattern{"Can't find a valid checkpoint at", missing_file, raised},
    Pattern{" not found", missing_file, raised, weak, "safetensors"},
    Pattern{" not found", missing_file, raised, weak, ".ckpt"},
    Pattern{" not found", missing_file, raised, weak, "older "},
    Pattern{" not found", missing_file, raised, weak, "irectory "},
    Pattern{" not found", missing_file, raised, weak, " file /"},
    Pattern{"Could not find ", missing_file, raised, weak, "folder"},
    Pattern{" not found at ", missing_file, raised, weak},
    Pattern{"No such file or directory", missing_file, anywhere, weak, "bash: "},
    Pattern{"cannot access '", missing_file, anywhere, weak, "No such file or directory"},
    Pattern{"No checkpoint found", missing_file, raised},
    Pattern{"No valid checkpoint found", missing_file, raised},
    Pattern{"o checkpoint found", missing_file, raised},
};

}  // namespace

std::span<const Pattern> missing_file_patterns() {
  return kPatterns;
}

}  // namespace tidemark
