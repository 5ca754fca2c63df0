// The launcher alone, without a monitor: launcher_probe [--log FILE] [--no-capture] [--outcome
// FILE]
// [--report] [--] CMD... ends as `tidemark run` would and, where asked, leaves what it saw as JSON
// or prints a text on stderr where `tidemark run` prints its report.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "launcher/launcher.h"

namespace {

using tidemark::Errc;
using tidemark::LaunchOutcome;

struct Words {
  tidemark::LaunchRequest request{};
  std::string outcome_file{};
  bool report = false;
};

struct Seen {
  tidemark::ProcessIdentity trainer{};
  long long output_bytes = 0;
  std::string output_file{};
  long long output_file_offset = 0;
};

Words read_words(int argc, char** argv) {
  Words words;
  int at = 1;
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--no-capture")
      words.request.capture = false;
    else if (word == "--log" && at + 1 < argc)
      words.request.log_file = argv[++at];
    else if (word == "--outcome" && at + 1 < argc)
      words.outcome_file = argv[++at];
    else if (word == "--report")
      words.report = true;
    else
      break;
  }
  if (at < argc && std::string_view{argv[at]} == "--") ++at;
  words.request.command.assign(argv + at, argv + argc);
  return words;
}

void write_outcome(const std::string& file, const LaunchOutcome& outcome, const Seen& seen) {
  std::ofstream json{file};
  json << "{\"pid\": " << seen.trainer.pid << ", \"start_ticks\": " << seen.trainer.start_ticks
       << ", \"wait_status\": " << outcome.wait_status
       << ", \"max_rss_kib\": " << outcome.max_rss.value_or(tidemark::Bytes{}).count / 1024
       << ", \"output_bytes\": " << seen.output_bytes << ", \"output_file\": \"" << seen.output_file
       << "\", \"output_file_offset\": " << seen.output_file_offset
       << ", \"keyboard_signal\": " << outcome.keyboard_signal
       << ", \"notes\": " << outcome.notes.size() << ", \"signals_sent\": [";
  const char* separator = "";
  for (const int signal : outcome.signals_sent) {
    json << separator << signal;
    separator = ", ";
  }
  json << "]}\n";
}

int exit_code_for(Errc code) {
  if (code == Errc::not_found) return 127;
  return code == Errc::permission ? 126 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  tidemark::occupy_closed_standard_streams();
  const auto words = read_words(argc, argv);
  Seen seen;
  tidemark::LaunchHooks hooks;
  hooks.on_started = [&](tidemark::ProcessIdentity id) {
    seen.trainer = id;
    return std::vector<std::string>{};
  };
  hooks.on_output = [&](std::span<const char> piece) {
    seen.output_bytes += static_cast<long long>(piece.size());
  };
  hooks.on_output_file = [&](const std::string& path, long long offset) {
    seen.output_file = path;
    seen.output_file_offset = offset;
  };
  const auto outcome = tidemark::launch(words.request, hooks);
  if (!outcome) {
    std::fprintf(stderr, "launcher_probe: %s\n", outcome.error().message.c_str());
    return exit_code_for(outcome.error().code);
  }
  for (const auto& note : outcome->notes)
    std::fprintf(stderr, "launcher_probe: %s\n", note.c_str());
  if (words.report) std::fputs("\nreport\n  of several lines\n", stderr);
  if (!words.outcome_file.empty()) write_outcome(words.outcome_file, *outcome, seen);
  tidemark::pass_on_keyboard_signal(*outcome);
  return tidemark::exit_code_of(outcome->wait_status);
}
