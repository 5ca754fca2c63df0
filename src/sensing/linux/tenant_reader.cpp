#include "sensing/linux/tenant_reader.h"

#include <utility>

#include "os/thread_name.h"

namespace tidemark {

TenantReader::TenantReader(HostRoot host, const Clock& clock)
    : host_(std::move(host)),
      clock_(clock),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

bool TenantReader::due(BootTime now, const TenantSigns& signs) {
  const std::scoped_lock lock{mutex_};
  const bool due = schedule_.due(now, signs);
  return due && !scanning_ && !question_;
}

void TenantReader::ask(TenantQuestion question, BootTime now, Bytes used) {
  const std::scoped_lock lock{mutex_};
  schedule_.began(now, used);
  question_ = std::move(question);
  wake_.notify_one();
}

std::optional<TenantScan> TenantReader::latest() const {
  const std::scoped_lock lock{mutex_};
  return latest_;
}

void TenantReader::run(const std::stop_token& stop) {
  name_this_thread("tidemark-others");
  std::unique_lock lock{mutex_};
  while (wake_.wait(lock, stop, [this] { return question_.has_value(); })) {
    const auto question = *std::exchange(question_, std::nullopt);
    scanning_ = true;
    lock.unlock();
    const auto began = clock_.now();
    auto tenants = scan_tenants(host_, question);
    const auto ended = clock_.now();
    lock.lock();
    scanning_ = false;
    schedule_.ended(ended - began);
    latest_ = TenantScan{.at = began, .tenants = std::move(tenants)};
  }
}

}  // namespace tidemark
