#include "server/compression.h"

#include <zlib.h>

#include <charconv>
#include <limits>
#include <new>
#include <optional>

#include "core/text.h"

namespace tidemark {
namespace {

// JSON of series shrinks by a factor of ten here; higher levels take several times as long for a
// tenth less.
constexpr int kLevel = 4;
constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's wrapping (zlib.h)
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr std::size_t kBlock = std::size_t{1} << 16;

Bytef* as_input(std::string_view bytes) {
  // zlib reads it only; its interface is older than const.
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if ((a[i] | 0x20) != lower[i]) return false;
  return true;
}

/// "gzip;q=0.5" -> 0.5; 1 without one; 0 for a weight that cannot be read.
double weight_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1;
  const auto text = trimmed(parameters.substr(at + 2));
  double weight = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
  return error == std::errc{} && stop == text.data() + text.size() ? weight : 0;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<bool> named, any;
  while (!accept_encoding.empty()) {
    const auto comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const auto entry = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const auto end = std::min(entry.find(';'), entry.size());
    const auto coding = trimmed(entry.substr(0, end));
    const bool taken = weight_of(entry.substr(end)) > 0;
    if (equals_ignoring_case(coding, "gzip") || equals_ignoring_case(coding, "x-gzip"))
      named = taken;
    if (coding == "*") any = taken;
  }
  return named.value_or(any.value_or(false));
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc{};  // the only way in which it fails
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = as_input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)deflate(&stream, Z_FINISH);  // the bound holds: one call is enough
  out.resize(out.size() - stream.avail_out);
  (void)deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view member, std::size_t most_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc{};
  stream.next_in = as_input(member);
  stream.avail_in = static_cast<uInt>(member.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most_bytes) {
    const auto had = out.size();
    out.resize(had + kBlock);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(kBlock);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  (void)inflateEnd(&stream);
  if (state != Z_STREAM_END || out.size() > most_bytes)
    return fail(Errc::malformed, "not one gzip member of the size that is expected");
  return out;
}

}  // namespace tidemark
