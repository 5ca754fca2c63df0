#include "cli/job_identity.h"

#include <filesystem>
#include <string_view>

namespace tidemark {
namespace {

bool is_script(std::string_view word) {
  return word.ends_with(".py") || word.ends_with(".sh");
}

std::string stem(const std::string& word) {
  return std::filesystem::path{word}.stem().string();
}

}  // namespace

std::string name_from_command(const std::vector<std::string>& command) {
  for (std::size_t i = 0; i < command.size(); ++i) {
    if (is_script(command[i])) return stem(command[i]);
    if (command[i] == "-m" && i + 1 < command.size()) return command[i + 1];
    if (command[i] == "-c") break;  // code on the command line: no name in it
  }
  return command.empty() ? "run" : stem(command.front());
}

}  // namespace tidemark
