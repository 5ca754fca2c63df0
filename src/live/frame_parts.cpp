#include "live/frame_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "live/event_text.h"

namespace tidemark {
namespace {

constexpr std::size_t kPoolNameColumns = 17;
constexpr std::size_t kPoolsAtMost = 4;
constexpr double kHardlyUsed = 0.2;  // of a pool that never is what a run dies of unless it fills
constexpr std::size_t kErrorsAtMost = 4;

std::string_view uppercase_name(Health health) {
  switch (health) {
    case Health::good:
      return "GOOD";
    case Health::warning:
      return "WARNING";
    case Health::critical:
      return "CRITICAL";
  }
  return "";
}

Ink ink_of(Health health) {
  return health == Health::critical  ? Ink::critical
         : health == Health::warning ? Ink::warning
                                     : Ink::good;
}

/// Spans with two blanks between them, as many as fit.
class Row {
 public:
  explicit Row(std::size_t columns) : left_(columns) {}
  void add(FrameLine spans) {
    std::size_t wanted = line_.empty() ? 0 : 2;
    for (const auto& span : spans) wanted += display_columns(span.text);
    if (wanted > left_) return;
    left_ -= wanted;
    if (!line_.empty()) line_.push_back({Ink::plain, "  "});
    for (auto& span : spans) line_.push_back(std::move(span));
  }
  std::size_t left() const { return left_; }
  FrameLine take() && { return std::move(line_); }

 private:
  FrameLine line_{};
  std::size_t left_;
};

std::string bar_text(double fraction, std::size_t width, bool utf8) {
  const double share = std::clamp(std::isfinite(fraction) ? fraction : 0.0, 0.0, 1.0);
  if (!utf8) {
    const auto filled = static_cast<std::size_t>(std::lround(share * static_cast<double>(width)));
    return std::string(filled, '#') + std::string(width - filled, '.');
  }
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto eighths =
      static_cast<std::size_t>(std::lround(share * static_cast<double>(width) * 8));
  std::string bar;
  for (std::size_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += kEighths[eighths % 8];
  const std::size_t used = eighths / 8 + (eighths % 8 > 0 ? 1 : 0);
  for (std::size_t i = used; i < width; ++i) bar += "·";
  return bar;
}

/// One block for each of the values, at most `width` of them, the last ones.
std::string spark_text(const std::vector<double>& values, std::size_t width) {
  constexpr std::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (values.size() < 2) return {};
  const auto first = values.end() - static_cast<std::ptrdiff_t>(std::min(width, values.size()));
  const auto [low, high] = std::minmax_element(first, values.end());
  const double range = *high - *low;
  std::string spark;
  for (auto value = first; value != values.end(); ++value) {
    const double share = range > 0 ? (*value - *low) / range : 0;
    spark += kBlocks[static_cast<std::size_t>(std::lround(share * 7))];
  }
  return spark;
}

std::string gpu_load(const PoolUse& pool, const SampleRow& last) {
  for (const auto& gpu : last.gpus)
    if (pool.kind == PoolKind::gpu && gpu.device_index == pool.index && gpu.id == pool.device_uid &&
        gpu.utilization_ratio)
      return "load " + format_percent(*gpu.utilization_ratio);
  return {};
}

Ink ink_of(double fraction, const MonitoringSettings& settings) {
  return fraction >= settings.memory_critical_ratio  ? Ink::critical
         : fraction >= settings.memory_warning_ratio ? Ink::warning
                                                     : Ink::good;
}

FrameLine named(std::string_view name, Ink ink, std::string value) {
  return {{Ink::dim, std::string{name} + " "}, {ink, std::move(value)}};
}

std::string progress_text(const LiveSteps& steps) {
  auto text = std::to_string(steps.last);
  if (!steps.total) return text;
  text += fmt::format(" of {}", *steps.total);
  if (*steps.total > 0)
    text += fmt::format(" ({})", format_percent(static_cast<double>(steps.last) /
                                                static_cast<double>(*steps.total)));
  return text;
}

/// A run that goes on and has made no step for much longer than a step takes.
std::optional<double> seconds_without_step(const LiveSnapshot& snapshot) {
  constexpr double kPatience = 30, kSteps = 10;
  if (snapshot.status != RunStatus::running) return std::nullopt;
  const auto& steps = *snapshot.steps;
  const double since = snapshot.now - steps.last_at;
  const double usual = steps.per_second && *steps.per_second > 0 ? kSteps / *steps.per_second : 0;
  return since > std::max(kPatience, usual) ? std::optional{since} : std::nullopt;
}

FrameLine error_line(const LogError& error, const FrameStyle& style) {
  const auto& said = error.said;
  const auto level = name_of(said.severity);
  auto text = said.exception.empty() ? said.message : said.exception + ": " + said.message;
  if (said.count > 1) text = fmt::format("{} times: {}", said.count, text);
  const auto at = said.unix_seconds ? clock_text(*said.unix_seconds) : std::string{"--:--:--"};
  const auto ink = said.severity == LogSeverity::warning ? Ink::warning : Ink::critical;
  FrameLine line{{Ink::dim, at + "  "}, {ink, padded(level, 10)}};
  line.push_back({Ink::plain, fitted(text, style.columns > 20 ? style.columns - 20 : 0)});
  return line;
}

FrameLine event_line(const StoredEvent& stored, const FrameStyle& style) {
  FrameLine line{{Ink::dim, clock_text(stored.event.unix_seconds) + "  "},
                 {Ink::plain, fitted(stored.event.type, 30) + "  "}};
  std::size_t used = 0;
  for (const auto& span : line) used += display_columns(span.text);
  if (used < style.columns)
    line.push_back({Ink::dim, fitted(event_text(stored.event), style.columns - used)});
  return line;
}

}  // namespace

std::string clock_text(double unix_seconds) {
  const auto seconds = static_cast<std::time_t>(std::isfinite(unix_seconds) ? unix_seconds : 0);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return "--:--:--";
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

FrameLine title_line(const LiveSnapshot& snapshot, const LiveView& view, const FrameStyle& style) {
  const auto& run = snapshot.run;
  const auto clock = clock_text(snapshot.now);
  const double started = run.info.anchor.unix_seconds(run.info.anchor.boot);
  Row row{style.columns > clock.size() + 2 ? style.columns - clock.size() - 2 : 0};
  const auto& name = run.info.job_name.empty() ? run.key.job_id : run.info.job_name;
  row.add({{Ink::strong, fitted(name, row.left() / 2)}});
  row.add({{Ink::dim, fmt::format("run {}", run.key.number)}});
  row.add({{Ink::plain, fmt::format("{} {}", name_of(snapshot.status),
                                    format_duration(snapshot.until() - started))}});
  if (view.paused) row.add({{Ink::selected, "PAUSED"}});
  if (snapshot.choices.size() > 1)
    row.add({{Ink::dim, fmt::format("{} runs go on", snapshot.choices.size())}});
  const auto left = row.left();
  auto line = std::move(row).take();
  line.push_back({Ink::plain, std::string(left + 2, ' ')});
  line.push_back({Ink::dim, clock});
  return line;
}

std::vector<FrameLine> verdict_lines(const LiveSnapshot& snapshot, std::size_t most,
                                     const FrameStyle& style) {
  std::vector<FrameLine> lines;
  if (!snapshot.verdict) {
    lines.push_back({{Ink::dim, "the analysis so far is being made"}});
  } else {
    const auto badge = std::string{uppercase_name(snapshot.verdict->health)} + "  ";
    // Broken at a blank where there is one; what does not fit on the last line is cut.
    auto rest = printable(snapshot.verdict->sentence, 10'000);
    for (std::size_t i = 0; i < most && !rest.empty(); ++i) {
      const std::size_t indent = i == 0 ? badge.size() : 0;
      const std::size_t columns = style.columns > indent ? style.columns - indent : 0;
      std::size_t end = rest.size();
      if (display_columns(rest) > columns && i + 1 < most)
        end = rest.rfind(' ', fitted(rest, columns).size());
      if (end == std::string::npos || end == 0) end = rest.size();
      FrameLine line;
      if (i == 0) line.push_back({ink_of(snapshot.verdict->health), badge});
      line.push_back({Ink::plain, fitted(rest.substr(0, end), columns)});
      lines.push_back(std::move(line));
      rest.erase(0, std::min(end + 1, rest.size()));
    }
  }
  if (!snapshot.problem.empty())
    lines.push_back(
        {{Ink::critical, fitted("not the newest: " + snapshot.problem, style.columns)}});
  if (const auto dropped = snapshot.run.drops.total(); dropped > 0)
    lines.push_back({{Ink::warning, fmt::format("{} records were dropped", dropped)}});
  return lines;
}

std::vector<PoolUse> shown_pools(const LiveSnapshot& snapshot) {
  if (!snapshot.last) return {};
  auto pools = pools_of(*snapshot.last);
  const auto& limiting = snapshot.verdict ? snapshot.verdict->pool : std::nullopt;
  const auto is_limiting = [&limiting](const PoolUse& pool) {
    return limiting && limiting->kind == pool.kind && limiting->name == pool.name;
  };
  std::erase_if(pools, [&](const PoolUse& pool) {
    const bool rarely = pool.kind == PoolKind::shm || pool.kind == PoolKind::process;
    return rarely && !is_limiting(pool) && pool.fraction() < kHardlyUsed;
  });
  std::ranges::stable_sort(pools, [&](const PoolUse& a, const PoolUse& b) {
    if (is_limiting(a) != is_limiting(b)) return is_limiting(a);
    return a.fraction() > b.fraction();
  });
  if (pools.size() > kPoolsAtMost) pools.resize(kPoolsAtMost);
  return pools;
}

FrameLine pool_line(const PoolUse& pool, const LiveSnapshot& snapshot, const FrameStyle& style) {
  auto text = fmt::format(" {:>9} of {:<9} {:>4}", format_bytes(pool.used),
                          format_bytes(pool.limit), format_percent(pool.fraction()));
  const auto load = gpu_load(pool, *snapshot.last);
  if (!load.empty()) text += "  " + load;
  const std::size_t fixed = kPoolNameColumns + 1 + text.size();
  const std::size_t width = style.columns > fixed ? style.columns - fixed : 0;
  return cut_line({{Ink::plain, padded(pool.name, kPoolNameColumns) + " "},
                   {ink_of(pool.fraction(), snapshot.run.info.settings),
                    bar_text(pool.fraction(), std::min<std::size_t>(width, 60), style.utf8)},
                   {Ink::plain, text}},
                  style.columns);
}

FrameLine memory_line(const LiveSnapshot& snapshot, const FrameStyle& style) {
  if (!snapshot.last) return {{Ink::dim, "no sample yet"}};
  const auto& last = *snapshot.last;
  Row row{style.columns};
  if (last.used) row.add(named("used", Ink::pool, format_bytes(*last.used)));
  if (const auto& main = last.main_process ? last.main_process : last.main_rss)
    row.add(named("main", Ink::main_process, format_bytes(*main)));
  if (last.worker && last.worker_count.value_or(0) > 0)
    row.add(named("workers", Ink::workers,
                  fmt::format("{} ({})", format_bytes(*last.worker), *last.worker_count)));
  if (last.swap_used) row.add(named("swap", Ink::swap, format_bytes(*last.swap_used)));
  if (last.pressure_some_ratio)
    row.add(named("pressure", *last.pressure_some_ratio >= 0.1 ? Ink::warning : Ink::plain,
                  fmt::format("{:.1f}% some {:.1f}% full", *last.pressure_some_ratio * 100,
                              last.pressure_full_ratio.value_or(0) * 100)));
  if (last.cpu_utilization_ratio)
    row.add(named("cpu", Ink::plain, format_percent(*last.cpu_utilization_ratio)));
  if (snapshot.status == RunStatus::running && snapshot.now - last.unix_seconds > 60)
    row.add({{Ink::warning, format_duration(snapshot.now - last.unix_seconds) + " old"}});
  return std::move(row).take();
}

FrameLine steps_line(const LiveSnapshot& snapshot, const FrameStyle& style) {
  constexpr std::size_t kSparkColumns = 16;
  if (!snapshot.steps) return {{Ink::dim, "no step yet"}};
  const auto& steps = *snapshot.steps;
  Row row{style.columns};
  row.add(named("step", Ink::strong, progress_text(steps)));
  if (const auto since = seconds_without_step(snapshot))
    row.add({{Ink::warning, "none for " + format_duration(*since)}});
  if (steps.per_second)
    row.add({{Ink::plain, *steps.per_second >= 1 || *steps.per_second <= 0
                              ? fmt::format("{:.3g} steps/s", *steps.per_second)
                              : fmt::format("{:.3g} s/step", 1 / *steps.per_second)}});
  if (steps.seconds_left && snapshot.status == RunStatus::running)
    row.add({{Ink::plain, format_duration(*steps.seconds_left) + " left"}});
  if (steps.loss)
    row.add(named("loss", std::isfinite(*steps.loss) ? Ink::plain : Ink::critical,
                  fmt::format("{:.4g}", *steps.loss)));
  if (steps.data_wait_ratio)
    row.add(named("data wait", *steps.data_wait_ratio >= 0.2 ? Ink::warning : Ink::plain,
                  format_percent(*steps.data_wait_ratio)));
  const auto spark = style.utf8 ? spark_text(steps.losses, kSparkColumns) : std::string{};
  if (!spark.empty()) row.add({{Ink::dim, spark}});
  if (steps.batch_size) row.add(named("batch", Ink::plain, std::to_string(*steps.batch_size)));
  if (steps.learning_rate)
    row.add(named("lr", Ink::plain, fmt::format("{:.3g}", *steps.learning_rate)));
  return std::move(row).take();
}

std::size_t news_count(const LiveSnapshot& snapshot) {
  const auto errors = snapshot.verdict ? snapshot.verdict->log_errors.size() : 0;
  return std::min(errors, kErrorsAtMost) + snapshot.events.size();
}

std::vector<FrameLine> news_lines(const LiveSnapshot& snapshot, std::size_t most,
                                  const FrameStyle& style) {
  std::vector<FrameLine> lines;
  if (snapshot.verdict) {
    const auto& errors = snapshot.verdict->log_errors;
    // Errors take no more than half of the place where events want it too.
    const std::size_t share = snapshot.events.empty() ? most : (most + 1) / 2;
    const auto count = std::min({errors.size(), kErrorsAtMost, share});
    for (auto i = errors.size() - count; i < errors.size(); ++i)
      lines.push_back(error_line(errors[i], style));
  }
  const auto& events = snapshot.events;
  const auto count = std::min(events.size(), most - std::min(most, lines.size()));
  for (auto i = events.size() - count; i < events.size(); ++i)
    lines.push_back(event_line(events[i], style));
  return lines;
}

}  // namespace tidemark
