#include "logscan/memory_figures.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tidemark {
namespace {

struct Unit {
  std::string_view name{};
  double bytes = 1;
};
constexpr double kKi = 1024, kMi = kKi * 1024, kGi = kMi * 1024, kTi = kGi * 1024;
constexpr std::array kUnits{Unit{"GiB", kGi}, Unit{"MiB", kMi}, Unit{"KiB", kKi}, Unit{"TiB", kTi},
                            Unit{"GB", kGi},  Unit{"MB", kMi},  Unit{"KB", kKi},  Unit{"kB", kKi},
                            Unit{"TB", kTi},  Unit{"bytes", 1}, Unit{"byte", 1},  Unit{"B", 1}};

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == ':')) text.remove_prefix(1);
}

/// "1.96 GiB", "256. MiB", "12,345 bytes"; `bare` takes a number without a unit as bytes.
std::optional<Bytes> size_at(std::string_view text, bool bare) {
  skip_spaces(text);
  double number = 0;
  std::size_t length = 0;
  std::array<char, 32> digits{};
  for (const char c : text) {
    if (!((c >= '0' && c <= '9') || c == '.' || c == ',') || length == digits.size()) break;
    digits[length++] = c;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < length; ++i)
    if (digits[i] != ',') digits[kept++] = digits[i];
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + kept, number);
  if (error != std::errc{} || end == digits.data()) return std::nullopt;
  text.remove_prefix(length);
  skip_spaces(text);
  double scale = bare ? 1 : 0;
  for (const auto& unit : kUnits)
    if (text.starts_with(unit.name)) {
      scale = unit.bytes;
      break;
    }
  const double bytes = number * scale;
  constexpr double kMost = 9e18;
  if (!(scale > 0) || !(bytes >= 0 && bytes < kMost)) return std::nullopt;
  return Bytes{static_cast<std::int64_t>(std::llround(bytes))};
}

struct Wording {
  std::string_view words{};
  bool bare = false;  // the number may stand without a unit
};

template <class Wordings>
std::optional<Bytes> size_behind(std::string_view text, const Wordings& wordings) {
  for (const auto& wording : wordings)
    for (auto at = text.find(wording.words); at != std::string_view::npos;
         at = text.find(wording.words, at + 1))
      if (const auto size = size_at(text.substr(at + wording.words.size()), wording.bare))
        return size;
  return std::nullopt;
}

/// The size that ends right before `words`: "23.55 GiB total capacity".
std::optional<Bytes> size_before(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  constexpr std::string_view kSizeCharacters = "0123456789., GMKTkiBbytes";
  std::size_t begin = at;
  while (begin > 0 && kSizeCharacters.contains(text[begin - 1])) --begin;
  while (begin < at && !(text[begin] >= '0' && text[begin] <= '9')) ++begin;
  return size_at(text.substr(begin, at - begin), false);
}

std::optional<Bytes> first_of(std::optional<Bytes> a, std::optional<Bytes> b) {
  return a ? a : b;
}

constexpr std::array kRequested{Wording{"ried to allocate "},
                                Wording{"rying to allocate ", true},
                                Wording{"Unable to allocate "},
                                Wording{"unable to allocate "},
                                Wording{"Failed to allocate request for "},
                                Wording{"Out of memory allocating ", true},
                                Wording{"out of memory to allocate ", true},
                                Wording{"ttempting to allocate ", true},
                                Wording{"Invalid buffer size: "},
                                Wording{"requested buffer of size ", true},
                                Wording{"malloc of size ", true},
                                Wording{"realloc of size ", true},
                                Wording{"memory allocation of ", true},
                                Wording{"unable to mmap "},
                                Wording{"Requested amount of GPU memory (", true},
                                Wording{"failed to allocate "},
                                Wording{"Failed to allocate "}};
constexpr std::array kTotal{Wording{"total capacity of "}, Wording{"total capacty of "},
                            Wording{", total: ", true}};
constexpr std::array kFree{Wording{" of which "}, Wording{"(free: ", true}};
constexpr std::array kAllocated{Wording{"Of the allocated memory "}, Wording{"MPS allocated"},
                                Wording{"(allocated so far: ", true}};
constexpr std::array kReserved{Wording{"is allocated by PyTorch, and "}};

}  // namespace

MemoryFigures parse_memory_figures(std::string_view message) {
  MemoryFigures figures;
  figures.requested = size_behind(message, kRequested);
  figures.device_total =
      first_of(size_before(message, " total capacity"), size_behind(message, kTotal));
  figures.device_free = first_of(size_before(message, " free;"), size_behind(message, kFree));
  figures.allocated =
      first_of(size_before(message, " already allocated"), size_behind(message, kAllocated));
  figures.reserved =
      first_of(size_before(message, " reserved in total"), size_behind(message, kReserved));
  return figures;
}

}  // namespace tidemark
