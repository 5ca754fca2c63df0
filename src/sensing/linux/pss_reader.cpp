#include "sensing/linux/pss_reader.h"

#include <algorithm>
#include <cstdlib>

#include "os/process_watch.h"
#include "os/thread_name.h"
#include "sensing/linux/parsers/smaps_rollup.h"

namespace tidemark {
namespace {

// Opened anew each time: the file binds the address space that the process has when it is opened.
Result<PssReading> read_pss(const HostRoot& host, const Clock& clock, const PssTarget& target) {
  const auto path = "proc/" + std::to_string(target.id.pid) + "/smaps_rollup";
  const auto text = host.read(path);
  // Asked after the read: when the pid still is the process's, so was the text.
  const auto now = identify_process(host, target.id.pid);
  if (!now || *now != target.id) return fail(Errc::gone, path);
  if (!text) return std::unexpected(text.error());
  const auto rollup = parse_smaps_rollup(*text);
  if (!rollup) return fail(Errc::gone, path + ": empty");  // an address space that was just let go
  return PssReading{.id = target.id,
                    .role = target.role,
                    .at = clock.now(),
                    .rss = rollup->rss,
                    .pss = rollup->pss,
                    .uss = rollup->uss,
                    .anon = rollup->anon};
}

std::string notice_of(const Error& error) {
  const auto* const advice =
      error.code == Errc::permission ? " (run tidemark as the trainer's user, or as root)" : "";
  return "shared memory cannot be told from private, processes are shown by RSS: " + error.message +
         advice;
}

// A process that grew by less than this since its reading is as it was read.
constexpr double kStillRatio = 0.02;

Bytes scaled(Bytes rss, Bytes part, Bytes whole) {
  if (whole.count <= 0) return {};
  const double ratio_of_whole = static_cast<double>(part.count) / static_cast<double>(whole.count);
  return {static_cast<std::int64_t>(static_cast<double>(rss.count) * ratio_of_whole)};
}

// Anonymous pages that came after the reading.
Bytes grown_since(const ProcessSample& process, const PssReading& reading) {
  if (!process.rss_anon || !reading.anon || !process.rss) return {};
  return std::clamp(*process.rss_anon - *reading.anon, Bytes{}, *process.rss);
}

}  // namespace

PssReader::PssReader(HostRoot host, const Clock& clock, double budget_ratio)
    : host_(std::move(host)),
      clock_(clock),
      schedule_(budget_ratio),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PssReader::follow(std::span<const PssTarget> targets, bool stalled) {
  const std::scoped_lock lock{mutex_};
  schedule_.hold(stalled);
  if (!schedule_.follow(targets)) return;
  std::erase_if(readings_, [targets](const PssReading& reading) {
    return std::ranges::none_of(targets, [&](const PssTarget& t) { return t.id == reading.id; });
  });
  sharers_ = 1 + std::ranges::count(targets, ProcessRole::worker, &PssTarget::role);
  news_ = true;
  wake_.notify_one();
}

bool PssReader::refused() const {
  const std::scoped_lock lock{mutex_};
  return noticed_;
}

void PssReader::copy_readings(std::vector<PssReading>& readings) const {
  const std::scoped_lock lock{mutex_};
  readings = readings_;
}

std::optional<std::string> PssReader::take_notice() {
  const std::scoped_lock lock{mutex_};
  return std::exchange(notice_, std::nullopt);
}

void PssReader::run(const std::stop_token& stop) {
  name_this_thread("tidemark-pss");
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested()) {
    const auto now = clock_.now();
    if (const auto target = schedule_.due(now)) {
      lock.unlock();
      auto reading = read_pss(host_, clock_, *target);
      lock.lock();
      finish(*target, now, std::move(reading));
      continue;
    }
    news_ = false;
    const auto next = schedule_.next_at(now);
    if (next)
      wake_.wait_for(lock, stop, *next - now, [this] { return news_; });
    else
      wake_.wait(lock, stop, [this] { return news_; });
  }
}

void PssReader::finish(const PssTarget& target, BootTime began, Result<PssReading> reading) {
  const auto took = clock_.now() - began;
  if (reading) {
    schedule_.finished(target.id, began, took, PssOutcome::read);
    std::erase_if(readings_, [&target](const PssReading& old) { return old.id == target.id; });
    reading->sharers = sharers_;
    readings_.push_back(*reading);
    return;
  }
  const bool gone = reading.error().code == Errc::gone;
  schedule_.finished(target.id, began, took, gone ? PssOutcome::gone : PssOutcome::refused);
  if (gone || noticed_) return;
  noticed_ = true;
  notice_ = notice_of(reading.error());
}

void apply_pss(ProcessSample& process, const PssReading& reading, BootTime since,
               std::int64_t sharers_now) {
  if (!process.rss) return;
  const Bytes shared_then = reading.pss - reading.uss;
  const Bytes shared_now{shared_then.count * reading.sharers /
                         std::max<std::int64_t>(sharers_now, 1)};
  const Bytes pss = std::min(reading.uss + shared_now, reading.rss);
  const Bytes own = grown_since(process, reading);
  process.pss = scaled(*process.rss - own, pss, reading.rss) + own;
  process.uss = scaled(*process.rss - own, reading.uss, reading.rss) + own;
  const Bytes moved{std::abs((*process.rss - reading.rss).count)};
  const bool as_read = reading.id == process.id && reading.at > since &&
                       reading.sharers == sharers_now && ratio(moved, reading.rss) <= kStillRatio;
  process.pss_basis = as_read ? PssBasis::measured : PssBasis::scaled;
}

}  // namespace tidemark
