#include "sensing/linux/parsers/process_statm.h"

#include "sensing/text/scan.h"

namespace tidemark {

std::optional<ProcessStatm> parse_process_statm(std::string_view text, std::int64_t page_bytes) {
  take_word(text);  // the size of the address space
  const auto resident = parse_count(take_word(text));
  const auto shared = parse_count(take_word(text));
  if (!resident || !shared) return std::nullopt;
  const auto resident_bytes = bytes_of(*resident, page_bytes);
  const auto shared_bytes = bytes_of(*shared, page_bytes);
  if (!resident_bytes || !shared_bytes) return std::nullopt;
  return ProcessStatm{*resident_bytes, *shared_bytes};
}

}  // namespace tidemark
