#include "jobconfig/jobconfig.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

namespace tidemark {
namespace {

constexpr std::string_view kJob = R"(# a LoRA job
job: extension
config:
  name: tide_lora
  process:
    - type: sd_trainer
      device: cuda:0
      train:
        batch_size: 2
        lr: 1e-4
        steps: 3000
        ema_config: {use_ema: true, ema_decay: 0.99}
        optimizer: "adamw8bit"
      datasets:
        - folder_path: /data/a
          num_workers: 4
          resolution: [512, 768]
        - folder_path: /data/b
          num_workers: 0
)";

JobConfig parsed(std::string_view text) {
  auto config = JobConfig::parse(text, "job.yaml");
  EXPECT_TRUE(config) << config.error().message;
  return config ? std::move(*config) : std::move(*JobConfig::parse("", "empty"));
}

ConfigValue value_of(const std::string& yaml_scalar) {
  const auto config = parsed("x: " + yaml_scalar + "\n");
  return config.get("x").value_or("absent");
}

std::string error_of(std::string_view text) {
  const auto config = JobConfig::parse(text, "job.yaml");
  return config ? "no error" : config.error().message;
}

TEST(JobConfig, paths_reach_into_lists_and_mappings) {
  const auto config = parsed(kJob);
  EXPECT_EQ(config.name(), "tide_lora");
  EXPECT_TRUE(config.is_aitoolkit());
  EXPECT_EQ(config.get_integer("config.process[0].train.batch_size"), 2);
  EXPECT_EQ(config.get_integer("config.process[0].datasets[1].num_workers"), 0);
  EXPECT_EQ(config.get_integer("config.process[0].datasets[0].resolution[1]"), 768);
  EXPECT_EQ(config.get_bool("config.process[0].train.ema_config.use_ema"), true);
  EXPECT_EQ(config.get_string("config.process[0].train.optimizer"), "adamw8bit");
  EXPECT_EQ(config.list_size("config.process[0].datasets"), 2u);
  EXPECT_EQ(config.keys("config"), (std::vector<std::string>{"name", "process"}));
  EXPECT_EQ(config.keys(""), (std::vector<std::string>{"job", "config"}));
}

TEST(JobConfig, what_is_not_there_is_absent) {
  const auto config = parsed(kJob);
  for (const auto* path : {"nothing", "config.process[1]", "config.process[0].train.batch_size.x",
                           "config.process", "config", "", "config.name[0]", "config.process[0]"})
    EXPECT_FALSE(config.get(path)) << path;
  EXPECT_FALSE(config.list_size("config"));
  EXPECT_TRUE(config.keys("config.name").empty());
}

TEST(JobConfig, malformed_paths_are_absent) {
  const auto config = parsed(kJob);
  for (const auto* path :
       {".config", "config.", "config..name", "config.process[", "config.process[0",
        "config.process[]", "config.process[-1]", "config.process[x]", "config.process[0]train",
        "config.process[99999999999999999999]", "[0]", "config.process[0].[0]",
        "config.process]0["})
    EXPECT_FALSE(config.has(path)) << path;
}

TEST(JobConfig, unquoted_scalars_are_typed_as_a_python_loader_types_them) {
  for (const auto* yes : {"true", "True", "TRUE", "yes", "Yes", "on", "ON"})
    EXPECT_EQ(value_of(yes), ConfigValue{true}) << yes;
  for (const auto* no : {"false", "False", "no", "NO", "off"})
    EXPECT_EQ(value_of(no), ConfigValue{false}) << no;
  for (const auto* null : {"", "~", "null", "Null", "NULL"})
    EXPECT_EQ(value_of(null), ConfigValue{}) << null;
  EXPECT_EQ(value_of("12"), ConfigValue{std::int64_t{12}});
  EXPECT_EQ(value_of("-1_000"), ConfigValue{std::int64_t{-1000}});
  EXPECT_EQ(value_of("0x1F"), ConfigValue{std::int64_t{31}});
  EXPECT_EQ(value_of("010"), ConfigValue{std::int64_t{8}});
  EXPECT_EQ(value_of("0b101"), ConfigValue{std::int64_t{5}});
  EXPECT_EQ(value_of("0.5"), ConfigValue{0.5});
  EXPECT_EQ(value_of("+.5"), ConfigValue{0.5});
  EXPECT_EQ(value_of("1e-4"), ConfigValue{1e-4});
  EXPECT_EQ(value_of("-1.5E+3"), ConfigValue{-1500.0});
  EXPECT_EQ(value_of("18446744073709551615"), ConfigValue{18446744073709551615.0});
  EXPECT_TRUE(std::isnan(std::get<double>(value_of(".nan"))));
  EXPECT_EQ(value_of("-.inf"), ConfigValue{-HUGE_VAL});
}

TEST(JobConfig, everything_else_and_all_that_is_quoted_is_text) {
  for (const auto* text : {"tRue", "y", "n", "1.2.3", "2024-01-01", "cuda:0", "nan", "inf", "0o7",
                           "08", "1e", "e5", "0x", "1:30", "--1", "+-1.0", "1e999"})
    EXPECT_EQ(value_of(text), ConfigValue{std::string{text}}) << text;
  EXPECT_EQ(value_of("\"true\""), ConfigValue{"true"});
  EXPECT_EQ(value_of("'12'"), ConfigValue{"12"});
  EXPECT_EQ(value_of("!!str 12"), ConfigValue{"12"});
}

TEST(JobConfig, a_number_without_fraction_is_an_integer_too) {
  const auto config = parsed("{a: 2.0, b: 1e3, c: 2.5, d: .nan, e: 1e300, f: \"2\"}");
  EXPECT_EQ(config.get_integer("a"), 2);
  EXPECT_EQ(config.get_integer("b"), 1000);
  EXPECT_FALSE(config.get_integer("c"));
  EXPECT_FALSE(config.get_integer("d"));
  EXPECT_FALSE(config.get_integer("e"));
  EXPECT_FALSE(config.get_integer("f"));
  EXPECT_EQ(config.get_number("c"), 2.5);
}

TEST(JobConfig, json_is_read_by_content_with_comments) {
  const auto config = parsed(
      "// from the UI\n{\"config\": {\"name\": \"a\\u00e9\\ud83c\\udf0a\", /* one "
      "*/\n\t\"process\": "
      "[{\"train\": {\"lr\": 1e-4, \"steps\": 10, \"sdp\": true, \"x\": null}}]}}");
  EXPECT_EQ(config.name(), "a\xC3\xA9\xF0\x9F\x8C\x8A");
  EXPECT_EQ(config.get_number("config.process[0].train.lr"), 1e-4);
  EXPECT_EQ(config.get_integer("config.process[0].train.steps"), 10);
  EXPECT_EQ(config.get("config.process[0].train.x"), ConfigValue{});
  EXPECT_TRUE(config.has("config.process[0].train.x"));
}

TEST(JobConfig, of_a_key_that_stands_twice_the_last_counts) {
  EXPECT_EQ(parsed("a: 1\nb: 2\na: 3\n").get_integer("a"), 3);
  EXPECT_EQ(parsed(R"({"a": 1, "a": 3})").get_integer("a"), 3);
}

TEST(JobConfig, aliases_and_merges_are_followed) {
  const auto config = parsed(R"(base: &base {num_workers: 4, buckets: true}
more: &more {num_workers: 9, extra: 1}
one: {<<: *base, num_workers: 1}
two: {<<: [*base, *more]}
same: *base
)");
  EXPECT_EQ(config.get_integer("one.num_workers"), 1);
  EXPECT_EQ(config.get_bool("one.buckets"), true);
  EXPECT_EQ(config.get_integer("two.num_workers"), 4);
  EXPECT_EQ(config.get_integer("two.extra"), 1);
  EXPECT_EQ(config.get_integer("same.num_workers"), 4);
}

TEST(JobConfig, errors_name_the_file_and_the_line) {
  EXPECT_TRUE(error_of("a: 1\nb: [1, 2\nc: 3\n").starts_with("job.yaml: line 3: "))
      << error_of("a: 1\nb: [1, 2\nc: 3\n");
  EXPECT_TRUE(error_of("{\"a\": 1,\n \"b\": [}\n").starts_with("job.yaml: line 2: "))
      << error_of("{\"a\": 1,\n \"b\": [}\n");
  EXPECT_EQ(error_of("? [a, b]\n: 1\n"),
            "job.yaml: line 1: a list or a mapping stands where a key is needed");
}

TEST(JobConfig, an_alias_bomb_is_refused) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 12; ++level) {
    const auto before = "*a" + std::to_string(level - 1);
    bomb += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int i = 0; i < 9; ++i) bomb += before + (i < 8 ? ", " : "]\n");
  }
  EXPECT_NE(error_of(bomb).find("stands for too many values"), std::string::npos) << error_of(bomb);
}

TEST(JobConfig, an_alias_bomb_of_long_text_is_refused) {
  std::string bomb = "a: &a " + std::string(1'000'000, 'x') + "\nb: [*a";
  for (int i = 0; i < 100; ++i) bomb += ", *a";
  EXPECT_NE(error_of(bomb + "]\n").find("stands for too many values"), std::string::npos);
}

TEST(JobConfig, an_alias_to_itself_is_refused) {
  EXPECT_NE(error_of("a: &a [1, *a]\n").find("alias"), std::string::npos)
      << error_of("a: &a [1, *a]\n");
}

TEST(JobConfig, depth_is_bounded_in_both_languages) {
  const std::string ninety = std::string(90, '[') + std::string(90, ']');
  EXPECT_EQ(error_of(ninety), "no error");
  for (const std::size_t depth : {101u, 1'000u, 1'000'000u}) {
    EXPECT_NE(error_of(std::string(depth, '[')).find("job.yaml"), std::string::npos);
    EXPECT_NE(error_of("a: " + std::string(depth, '[')).find("job.yaml"), std::string::npos);
  }
  EXPECT_NE(error_of(std::string(101, '[') + std::string(101, ']')).find("100 levels"),
            std::string::npos);
}

TEST(JobConfig, more_than_16_mib_is_refused) {
  EXPECT_NE(error_of(std::string(16'777'217, '#')).find("16 MiB"), std::string::npos);
}

TEST(JobConfig, odd_documents_have_no_values_and_no_error) {
  for (const std::string_view text :
       {std::string_view{""}, std::string_view{"# only a comment\n"}, std::string_view{"---\n"},
        std::string_view{"\xEF\xBB\xBF"}, std::string_view{"just words"}}) {
    const auto config = parsed(text);
    EXPECT_FALSE(config.is_aitoolkit());
    EXPECT_EQ(config.name(), "");
  }
  EXPECT_EQ(parsed("\xEF\xBB\xBF"
                   "config: {name: a}")
                .name(),
            "a");
}

TEST(JobConfig, a_name_may_be_a_number) {
  EXPECT_EQ(parsed("config: {name: 0123}").name(), "0123");
}

TEST(JobConfig, a_missing_file_is_not_found_and_named) {
  const auto config = JobConfig::load("/nonexistent/job.yaml");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, Errc::not_found);
  EXPECT_NE(config.error().message.find("/nonexistent/job.yaml"), std::string::npos);
}

TEST(JobConfig, a_folder_a_device_and_a_fifo_are_refused_without_waiting) {
  const auto fifo =
      std::filesystem::temp_directory_path() / ("tidemark_fifo_" + std::to_string(::getpid()));
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::filesystem::path& file :
       {fifo, std::filesystem::path{"/dev/zero"}, std::filesystem::path{"/"}}) {
    const auto config = JobConfig::load(file);
    ASSERT_FALSE(config) << file;
    EXPECT_EQ(config.error().code, Errc::invalid) << file;
  }
  std::filesystem::remove(fifo);
}

}  // namespace
}  // namespace tidemark
