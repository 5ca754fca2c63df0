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
  HttpResponse answer(const HttpRequest& request);

 private:
  HttpResponse open_page(const HttpRequest& request);
  HttpResponse route(const HttpRequest& request);
  HttpResponse route_job(Store& store, const HttpRequest& request);
  HttpResponse jobs(Store& store) const;
  HttpResponse job_list_page(Store& store) const;
  HttpResponse runs(Store& store, const std::string& job) const;
  HttpResponse analysis(Store& store, const StoredRun& run, const HttpRequest& request);
  HttpResponse report_page(Store& store, const StoredRun& run, const HttpRequest& request);
  HttpResponse metrics(Store& store) const;
  HttpResponse kept(const std::string& key, const StoredRun& run, const HttpRequest& request,
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
