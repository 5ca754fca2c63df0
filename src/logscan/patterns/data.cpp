// Files that are there and cannot be used, and data that does not fit: Pillow, pickle, torch's zip
// reader, safetensors, h5py, zipfile, Arrow, pandas, the data loader's collation, embeddings.
#include "logscan/patterns/pattern.h"

namespace tidemark {
namespace {

using enum LogCategory;
using enum Said;
using enum Weight;

constexpr std::array kPatterns{
    Pattern{"codec can't decode byte", data_error, raised},
    Pattern{"stream did not contain valid UTF-8", data_error, raised},
    Pattern{"cannot identify image file", data_error, raised},
    Pattern{"image file is truncated", data_error, raised},
    Pattern{"broken data stream when reading image file", data_error, raised},
    Pattern{"Truncated File Read", data_error, raised},
    Pattern{"unrecognized data stream contents", data_error, raised},
    Pattern{"not a PNG file", data_error, raised},
    Pattern{"broken PNG file", data_error, raised},
    Pattern{"could be decompression bomb DOS attack", data_error, raised, decisive,
            "DecompressionBombError"},
    Pattern{"invalid load key", data_error, raised},
    Pattern{"pickle data was truncated", data_error, raised},
    Pattern{"Ran out of input", data_error, raised},
    Pattern{"unpickling stack underflow", data_error, raised},
    Pattern{"unexpected EOF, expected", data_error, raised},
    Pattern{"The file might be corrupted", data_error, raised},
    Pattern{"PytorchStreamReader failed", data_error, raised},
    Pattern{"failed finding central directory", data_error, raised},
    Pattern{"not a ZIP archive", data_error, raised},
    Pattern{"File is not a zip file", data_error, raised},
    Pattern{"Bad CRC-32", data_error, raised},
    Pattern{"Bad magic number", data_error, raised},
    Pattern{"Not a gzipped file", data_error, raised},
    Pattern{"not a gzip file", data_error, raised},
    Pattern{"Compressed file ended before the end-of-stream", data_error, raised},
    Pattern{"Error -3 while decompressing", data_error, raised},
    Pattern{"Error while deserializing header", data_error, raised},
    Pattern{"HeaderTooLarge", data_error, raised},
    Pattern{"HeaderTooSmall", data_error, raised},
    Pattern{"InvalidHeader", data_error, raised},
    Pattern{"MetadataIncompleteBuffer", data_error, raised},
    Pattern{"incomplete metadata, file not fully covered", data_error, raised},
    Pattern{"Unable to load weights from pytorch checkpoint file", data_error, raised},
    Pattern{"You seem to have cloned a repository without having git-lfs", data_error, raised},
    Pattern{"not a valid safetensors file", data_error, raised},
    Pattern{"is not a valid JSON file", data_error, raised},
    Pattern{"truncated file: eof", data_error, raised},
    Pattern{"file signature not found", data_error, raised},
    Pattern{"stack expects each tensor to be equal size", data_error, raised},
    Pattern{"each element in list of batch should be of equal size", data_error, raised},
    Pattern{"default_collate: batch must contain", data_error, raised},
    Pattern{"Trying to resize storage that is not resizable", data_error, raised},
    Pattern{"index out of range in self", data_error, raised},
    Pattern{"num_samples=0", data_error, raised},
    Pattern{"num_samples should be a positive integer", data_error, raised},
    Pattern{"dataset is empty", data_error, raised},
    Pattern{"Dataset is empty", data_error, raised},
    Pattern{"empty dataset", data_error, raised},
    Pattern{"Found 0 files in subfolders", data_error, raised},
    Pattern{"Found 0 images", data_error, raised},
    Pattern{"o images found", data_error, raised},
    Pattern{"o valid images", data_error, raised},
    Pattern{"o files found", data_error, raised},
    Pattern{"No data found", data_error, raised},
    Pattern{"Corrupted file:", data_error, anywhere},
    Pattern{"is corrupted", data_error, raised},
    Pattern{"Extra data: line", data_error, raised},
    Pattern{"JSON parse error", data_error, raised},
    Pattern{"Error tokenizing data", data_error, raised},
    Pattern{"No columns to parse from file", data_error, raised},
    Pattern{"Parquet magic bytes not found", data_error, raised},
    Pattern{"Not an Arrow file", data_error, raised},
    Pattern{"could not convert string to float", data_error, raised},
    Pattern{"Couldn't cast", data_error, raised},
    Pattern{"column names don't match", data_error, raised},
    Pattern{"is out of bounds", data_error, raised, decisive, "Target "},
    Pattern{"moov atom not found", data_error, anywhere, weak},
    Pattern{"Invalid data found when processing input", data_error, raised},
    Pattern{"Error opening ", data_error, raised, decisive, "Format not recognised"},
    Pattern{"Failed to open the input", data_error, raised},
    Pattern{"file is not a database", data_error, raised},
    Pattern{"database disk image is malformed", data_error, raised},
    Pattern{"bytes-like object is required", data_error, raised, weak, "image"},
    Pattern{"Invalid magic number; corrupt file", data_error, raised},
    Pattern{"expected sequence of length", data_error, raised},
    Pattern{"Unable to create tensor, you should probably activate truncation", data_error, raised},
    Pattern{"Sizes of tensors must match", data_error, raised, decisive, "_utils/collate"},
    Pattern{"Corrupt JPEG data", data_error, anywhere, warning},
    Pattern{"Premature end of JPEG", data_error, anywhere, warning},
    Pattern{"Error loading image", data_error, anywhere, warning},
    Pattern{"Error processing image", data_error, anywhere, warning},
};

}  // namespace

std::span<const Pattern> data_patterns() {
  return kPatterns;
}

}  // namespace tidemark
