# Run by tidemark_embed_files: LIST has two lines a file, where it is and what it is called.
file(STRINGS ${LIST} lines)
set(arrays "")
set(entries "")
set(number 0)
while(lines)
  list(POP_FRONT lines source name)
  file(READ ${source} hex HEX)
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
  string(APPEND arrays "constexpr char kFile${number}[]{${bytes}'\\0'};  // NOLINT: large\n")
  string(APPEND entries
         "    PayloadFile{\"${name}\", {kFile${number}, sizeof kFile${number} - 1}},\n")
  math(EXPR number "${number} + 1")
endwhile()
file(WRITE ${OUTPUT} "#include <array>

#include \"integrate/payload.h\"

namespace tidemark {
namespace {

${arrays}
constexpr std::array kPayload{
${entries}};

}  // namespace

std::span<const PayloadFile> payload() {
  return kPayload;
}

}  // namespace tidemark
")
