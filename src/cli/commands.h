// One function per subcommand. Each returns the process's exit code: 0 done, 1 it could not be
// done, 2 the call's words are off; `run` returns the trainer's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

struct RunOptions {
  std::string name{};
  std::string job_id{};
  std::string config{};
  std::string log{};
  std::string database{};
  std::optional<double> interval_seconds{};
  std::string guard{"off"};
  std::string notify{};  // a web hook; empty: $TIDEMARK_NOTIFY, else nobody is told
  bool no_capture = false;
  std::vector<std::string> command{};
};
int run_command(const RunOptions& options);

struct AttachOptions {
  std::int32_t pid = 0;
  std::string journal{};    // that the process made itself
  bool detach = false;      // go on in a session of its own, and return once it watches
  std::string job_table{};  // ai-toolkit's database, whose job `common.job_id` the process is
  RunOptions common{};
};
int attach_command(const AttachOptions& options);

struct WatchOptions {
  std::string checkout{};  // ai-toolkit's folder
  std::string database{};
  std::string notify{};
};
int watch_command(const WatchOptions& options);

struct ServeOptions {
  std::string database{};
  std::string host{"127.0.0.1"};
  std::uint16_t port = 8676;
  bool no_token = false;
  std::string token_file{};  // empty: in the user's data folder
  std::string web_folder{};  // of the web UI; empty: the one that was built in
  WatchOptions watch{};      // its checkout empty: serves only
};
int serve_command(const ServeOptions& options);

/// The monitor's own process, started by `run`: not for people.
int monitor_command(int control_fd, int output_fd);

struct JobOptions {
  std::string job{};
  std::string database{};
  std::optional<std::int64_t> run{};
  bool json = false;
  std::string html{};   // report: the file to write; empty: none
  bool plugin = false;  // report: into the job's folder, for ai-toolkit's tab Plugin
};
int analyze_command(const JobOptions& options);
int report_command(const JobOptions& options);

struct ApplyOptions {
  JobOptions job{};
  std::vector<std::string> only{};  // ids of recommendations; empty: the plan
  std::string output{};             // "-": standard output; empty: the difference is shown
};
int apply_command(const ApplyOptions& options);

struct WhatifOptions {
  JobOptions job{};                // or a config that has not run
  std::vector<std::string> set{};  // "PATH=VALUE"
  bool no_keep = false;            // the prediction is not kept with the run
};
int whatif_command(const WhatifOptions& options);

struct DiffOptions {
  std::string job_a{}, job_b{};
  std::optional<std::int64_t> run_a{}, run_b{};  // absent: the latest
  std::string database{};
  bool json = false;
};
int diff_command(const DiffOptions& options);

struct JobsOptions {
  std::string database{};
  bool json = false;
};
int jobs_command(const JobsOptions& options);

struct TopOptions {
  std::string job{};  // empty: whatever runs
  std::optional<std::int64_t> run{};
  std::string database{};
  std::string window{"10m"};  // of the chart
  double refresh_seconds = 1;
  bool once = false;  // one frame as plain text
  bool json = false;  // the snapshot
};
int top_command(const TopOptions& options);

struct ExportCommandOptions {
  std::string job{};
  std::optional<std::int64_t> run{};
  std::string database{};
  std::string format{};
  std::string table{};   // empty: the format's own choice
  std::string output{};  // empty or "-": standard output
};
int export_command(const ExportCommandOptions& options);

struct LogOptions {
  std::string file{};  // "-": standard input
  std::string job{};   // whose output the log is; empty: nobody's
  std::string database{};
  bool json = false;
};
int log_command(const LogOptions& options);

struct DoctorOptions {
  std::string database{};
  bool json = false;
};
int doctor_command(const DoctorOptions& options);

struct RecoverOptions {
  std::string database{};
  bool json = false;
};
int recover_command(const RecoverOptions& options);

struct RemoveOptions {
  std::string job{};
  std::string database{};
};
int remove_command(const RemoveOptions& options);

struct PruneOptions {
  std::string older_than{};
  std::int64_t keep_last = 0;
  std::string database{};
};
int prune_command(const PruneOptions& options);

struct IntegrateCommand {
  std::string folder{};
  std::string package{};  // the Python package to copy; empty: the one beside this program
  bool check = false;
  bool remove = false;
  bool separate_db = false;
  bool dry_run = false;
  bool repair = false;  // what git's hooks ask for: nothing where nothing was integrated
  bool json = false;    // of check
};
int integrate_command(const IntegrateCommand& command);
/// git's filter for the files that are edited: for git, not for people.
int git_filter_command(const std::string& direction, const std::string& path);

}  // namespace tidemark
