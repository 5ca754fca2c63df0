// Something that happened, once.
#pragma once

#include <cstdint>
#include <string>

namespace tidemark {

struct EventRecord {
  double unix_seconds = 0;
  std::string type{};     // training_start, worker_exit, process_exit, ... (design.md section 4)
  std::string details{};  // a JSON object as text, secrets redacted; empty: none
  std::int32_t rank = 0;
};

}  // namespace tidemark
