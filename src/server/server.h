// The HTTP side: routes over the store, and the listener that carries them.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "core/result.h"
#include "report/report.h"
#include "server/access.h"
#include "server/answer_cache.h"
#include "server/http_message.h"
#include "server/stream_hub.h"
#include "server/web_files.h"
#include "store/store.h"

namespace tidemark {

struct SiteOptions {
  std::filesystem::path database{};
  AccessRules access{};
  std::string ticket{};  // opens the page once (`/open?ticket=...`); empty: none
  /// What has become of a run without an end; absent: it has one. Asked from several threads.
  std::function<std::optional<Unended>(const StoredRun&)> unended{};
  std::function<double()> unix_now{};
  /// The config that a run was started with, for its changes. Asked from several threads.
  std::function<Result<ConfigText>(const RunInfo&)> config_text{};
  WebFiles web_files{};  // empty: there is no web UI, and pages without script stand in
  std::size_t most_streams = 128;
  std::size_t most_queued_bytes = std::size_t{1} << 20;  // for one reader of a stream
};

/// Answers requests. Any number of threads may ask at once; each question opens the database for
/// itself, so a database that is moved or made later is found.
class Site {
 public:
  explicit Site(SiteOptions options);
  WebResponse answer(const WebRequest& request);

  /// Whether somebody reads a stream; then send_news() is to be called every second or so.
  bool has_streams() { return streams_.has_readers(); }
  void send_news();

 private:
  using SharedReport = std::shared_ptr<const Report>;

  // site.cpp: who may ask, and who answers
  WebResponse open_page(const WebRequest& request);
  WebResponse route(const WebRequest& request);
  WebResponse route_job(Store& store, const WebRequest& request);
  WebResponse route_run(Store& store, const StoredRun& run, const WebRequest& request);
  Result<Store> open_store() const;
  RunStatus status(const StoredRun& run) const;
  std::string state_of(const StoredRun& run) const;
  WebResponse kept(const std::string& key, const StoredRun& run, const WebRequest& request,
                   const std::function<Result<std::string>()>& make);
  // job_list.cpp, open_metrics.cpp
  Result<std::vector<ListedJob>> listed_jobs(Store& store) const;
  WebResponse jobs(Store& store) const;
  WebResponse job_list_page(Store& store) const;
  WebResponse runs(Store& store, const std::string& job) const;
  WebResponse metrics(Store& store) const;
  // run_routes.cpp: what was recorded of a run
  WebResponse analysis(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse report_page(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse series(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse stream(Store& store, const StoredRun& run, const WebRequest& request);
  // model_routes.cpp: what its model and its advice say
  Result<SharedReport> report_of(Store& store, const StoredRun& run);
  Result<SharedReport> named_report(Store& store, const HttpTarget& target, const char* job_name,
                                    const char* run_name);
  WebResponse whatif(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse config(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse diff(Store& store, const WebRequest& request);
  // web_ui.cpp
  std::optional<WebResponse> web_ui(const WebRequest& request) const;

  SiteOptions options_;
  AnswerCache answers_;
  StateCache<SharedReport> reports_;
  StreamHub streams_;
  std::atomic<bool> ticket_used_{false};
  std::atomic<std::uint64_t> analysed_again_{0};  // an answer that was kept before is out of date
};

struct ListenOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8676;  // 0: one that is free
  int stop_fd = -1;           // becomes readable when the server is to end
};

/// Carries requests to `site` until the stop. Calls `on_ready` with the port once it listens.
/// Errors: invalid (no such address), permission, busy (the port is taken), io.
Result<void> listen_and_serve(Site& site, const ListenOptions& options,
                              const std::function<void(std::uint16_t)>& on_ready);

}  // namespace tidemark
