// A checkout with the few lines that are looked for, in a folder that goes away.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace tidemark {

class TestCheckout {
 public:
  TestCheckout() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "tidemark_aitk_XXXXXX").string();
    root_ = std::filesystem::canonical(::mkdtemp(pattern.data()));
    write("ui/prisma/schema.prisma",
          "datasource db {\n  provider = \"sqlite\"\n}\n\nmodel Job {\n  id String @id\n}");
    write("ui/src/app/jobs/[jobID]/page.tsx",
          "import Job from 'j';\nimport Last from 'l';\n\ntype PageKey = 'a' | 'b';\n\n"
          "const pages: Page[] = [\n  { name: 'A' },\n];\n");
    write("ui/src/app/jobs/new/page.tsx",
          "import One from 'o';\nuse(() => {\n"
          "  newJobConfig.config.name = `${newJobConfig.config.name}_copy`;\n  "
          "set(newJobConfig);\n});\nreturn (\n  <div className=\"flex-1\"></div>\n);\n");
  }
  TestCheckout(const TestCheckout&) = delete;
  TestCheckout& operator=(const TestCheckout&) = delete;
  ~TestCheckout() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::filesystem::path& root() const { return root_; }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path, std::ios::binary} << text;
  }
  std::string read(const std::string& path) const {
    std::ifstream file{root_ / path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  /// Every file with its bytes, every folder with nothing.
  std::map<std::string, std::string> everything() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root_}) {
      const auto path = entry.path().lexically_relative(root_).string();
      found[path] = entry.is_regular_file() ? read(path) : "";
    }
    return found;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace tidemark
