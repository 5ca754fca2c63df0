// When a call that failed is made again: soon after a passing fault, rarely where the driver does
// not offer it at all. One call's failure is no other call's.
#pragma once

#include <algorithm>
#include <chrono>

#include "core/result.h"
#include "core/time.h"

namespace tidemark {

class AskLater {
 public:
  bool due(BootTime now) const { return now >= again_at_; }

  void worked() {
    again_at_ = {};
    wait_ = kFirstWait;
  }

  void failed(BootTime now, Errc why) {
    if (why == Errc::unsupported) {
      again_at_ = now + kUnsupportedWait;
      return;
    }
    again_at_ = now + wait_;
    wait_ = std::min(wait_ * 2, kLongestWait);
  }

 private:
  static constexpr std::chrono::nanoseconds kFirstWait = std::chrono::seconds{2};
  static constexpr std::chrono::nanoseconds kLongestWait = std::chrono::minutes{1};
  static constexpr std::chrono::nanoseconds kUnsupportedWait = std::chrono::minutes{10};
  BootTime again_at_{};
  std::chrono::nanoseconds wait_ = kFirstWait;
};

}  // namespace tidemark
