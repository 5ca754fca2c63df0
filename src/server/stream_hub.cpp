#include "server/stream_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <tuple>

namespace tidemark {
namespace {

// A proxy or a browser that sees nothing for longer may give the connection up.
constexpr double kKeepAliveSeconds = 10;

Frame end_frame(const RowMark& mark, RunStatus status) {
  const nlohmann::json data{{"status", name_of(status)}};
  return event_frame("end", text_of(mark), data.dump());
}

/// The news as frames. Each carries the mark of what was sent with it, so that a reader whose
/// connection breaks between two of them misses nothing.
std::vector<Frame> frames_of(const LiveRows& live, const RowMark& before) {
  std::vector<Frame> frames;
  RowMark sent = before;
  const auto add = [&](const char* name, const std::string& data) {
    if (!data.empty()) frames.push_back(event_frame(name, text_of(sent), data));
  };
  sent.sample = live.mark.sample;
  add("samples", live.samples);
  sent.step = live.mark.step;
  add("steps", live.steps);
  sent.event = live.mark.event;
  add("events", live.events);
  return frames;
}

}  // namespace

std::string text_of(const RowMark& mark) {
  return fmt::format("{}-{}-{}", mark.sample, mark.step, mark.event);
}

std::optional<RowMark> parse_row_mark(std::string_view text) {
  RowMark mark;
  const auto* at = text.data();
  const auto* const end = at + text.size();
  for (auto* number : {&mark.sample, &mark.step, &mark.event}) {
    if (number != &mark.sample && (at == end || *at++ != '-')) return std::nullopt;
    const auto [stop, error] = std::from_chars(at, end, *number);
    if (error != std::errc{} || *number < 0) return std::nullopt;
    at = stop;
  }
  return at == end ? std::optional{mark} : std::nullopt;
}

std::shared_ptr<EventStream> StreamHub::join(const RunKey& run, const RowMark& after,
                                             const Frame& greeting) {
  auto stream = std::make_shared<EventStream>(most_queued_bytes_);
  stream->push(greeting);
  const std::lock_guard guard{lock_};
  std::erase_if(readers_, [](const auto& reader) { return reader->stream.expired(); });
  if (readers_.size() >= most_readers_) return nullptr;
  readers_.push_back(std::make_shared<Reader>(Reader{.stream = stream, .run = run, .mark = after}));
  return stream;
}

bool StreamHub::has_readers() {
  return !present_readers().empty();
}

std::vector<std::shared_ptr<StreamHub::Reader>> StreamHub::present_readers() {
  const std::lock_guard guard{lock_};
  std::erase_if(readers_, [](const auto& reader) { return reader->stream.expired(); });
  return readers_;
}

void StreamHub::send_news(Store& store, const std::function<RunStatus(const StoredRun&)>& status_of,
                          double unix_now) {
  const std::lock_guard guard{sending_};
  const auto present = present_readers();
  Readers readers;
  for (const auto& reader : present) {
    // One that is behind keeps its mark: what it lacks is read, thinned, when it has taken the
    // rest.
    const auto stream = reader->stream.lock();
    if (stream && stream->has_room()) readers.push_back(reader.get());
  }
  // Readers of one run that stand at one mark get one and the same text; after their first news all
  // of a run do.
  const auto place = [](const Reader* reader) {
    return std::tie(reader->run.id, reader->run.job_id, reader->run.number, reader->mark);
  };
  std::ranges::sort(readers, {}, place);
  for (auto begin = readers.begin(); begin != readers.end();) {
    const auto end = std::find_if(
        begin, readers.end(), [&](const Reader* reader) { return place(reader) != place(*begin); });
    send_run_news(store, {begin, end}, status_of, unix_now);
    begin = end;
  }
}

void StreamHub::send_run_news(Store& store, const Readers& readers,
                              const std::function<RunStatus(const StoredRun&)>& status_of,
                              double unix_now) {
  const auto& [run, mark] = std::tie(readers.front()->run, readers.front()->mark);
  // The status before the rows: what is written before a run's end is then sent before it is told.
  const auto stored = store.run(run.job_id, run.number);
  const bool removed = !stored && stored.error().code == Errc::not_found;
  if (!stored && !removed) return;
  const auto status = removed ? RunStatus::unknown : status_of(*stored);
  const auto live = live_rows(store, run, mark);
  if (!live) return;
  const auto frames = frames_of(*live, mark);
  const auto after = live->mark;
  for (auto* reader : readers) {
    reader->mark = after;
    const auto stream = reader->stream.lock();
    if (!stream) continue;
    for (const auto& frame : frames) stream->push(frame);
    if (!frames.empty()) reader->last_sent = unix_now;
    if (status != RunStatus::running) stream->end(end_frame(after, status));
    if (unix_now - reader->last_sent < kKeepAliveSeconds || !stream->wants_keep_alive()) continue;
    stream->push(keep_alive_frame());
    reader->last_sent = unix_now;
  }
}

}  // namespace tidemark
