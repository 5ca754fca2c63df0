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
#include "store/store.h"

namespace tidemark {

struct SiteOptions {
  std::filesystem::path database{};
  AccessRules access{};
  std::string ticket{};  // opens the page once (`/open?ticket=...`); empty: none
  /// What has become of a run without an end; absent: it has one. Asked from several threads.
  std::function<std::optional<Unended>(const StoredRun&)> unended{};
  std::function<double()> unix_now{};
};

/// Answers requests. Any number of threads may ask at once; each question opens the database for
/// itself, so a database that is moved or made later is found.
class Site {
 public:
  explicit Site(SiteOptions options);
  WebResponse answer(const WebRequest& request);

 private:
  WebResponse open_page(const WebRequest& request);
  WebResponse route(const WebRequest& request);
  WebResponse route_job(Store& store, const WebRequest& request);
  Result<std::vector<ListedJob>> listed_jobs(Store& store) const;
  WebResponse jobs(Store& store) const;
  WebResponse job_list_page(Store& store) const;
  WebResponse runs(Store& store, const std::string& job) const;
  WebResponse analysis(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse report_page(Store& store, const StoredRun& run, const WebRequest& request);
  WebResponse metrics(Store& store) const;
  WebResponse kept(const std::string& key, const StoredRun& run, const WebRequest& request,
                   const std::function<Result<std::string>()>& make);
  RunStatus status(const StoredRun& run) const;
  std::string state_of(const StoredRun& run) const;

  SiteOptions options_;
  AnswerCache answers_;
  std::atomic<bool> ticket_used_{false};
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
