#include "integrate/integrate.h"
#include "integrate/payload.h"
#include "integrate/test_checkout.h"

namespace tidemark {
namespace {

constexpr auto kSchema = "ui/prisma/schema.prisma";
constexpr auto kStub = "extensions/tidemark_monitor/__init__.py";

IntegrateOptions options_for(const TestCheckout& checkout) {
  return {.checkout = checkout.root(), .executable = "/opt/tidemark"};
}

void integrate(const IntegrateOptions& options) {
  const auto plan = plan_integration(options);
  ASSERT_TRUE(plan) << plan.error().message;
  const auto done = carry_out_plan(*plan);
  ASSERT_TRUE(done) << done.error().message;
}

void remove(const TestCheckout& checkout) {
  const auto plan = plan_removal(checkout.root(), false);
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_TRUE(carry_out_plan(*plan));
  remove_empty_folders(plan->empty_folders);
}

TEST(Plan, what_is_put_in_comes_out_to_the_byte) {
  const TestCheckout checkout;
  checkout.write(".git/config", "[core]\n");
  checkout.write(".git/info/exclude", "theirs");
  checkout.write(".git/hooks/post-merge", "#!/bin/sh\ntheirs\n");
  const auto before = checkout.everything();
  integrate(options_for(checkout));
  EXPECT_TRUE(checkout.read(kSchema).contains("model TidemarkRun {"));
  EXPECT_TRUE(
      checkout.read(".git/info/attributes").contains("/ui/prisma/schema.prisma filter=tidemark\n"));
  for (const auto& file : payload())
    EXPECT_EQ(checkout.read(std::string{file.path}), file.content) << file.path;
  EXPECT_EQ(checkout.read("extensions/tidemark_monitor/executable"), "/opt/tidemark\n");
  remove(checkout);
  EXPECT_EQ(checkout.everything(), before);
}

TEST(Plan, a_second_time_there_is_nothing_to_do) {
  const TestCheckout checkout;
  checkout.write(".git/config", "[core]\n");
  integrate(options_for(checkout));
  EXPECT_TRUE(plan_integration(options_for(checkout))->changes.empty());
  EXPECT_TRUE(plan_integration(options_for(checkout))->has_models);
}

TEST(Plan, a_database_of_its_own_leaves_the_schema_alone_and_can_be_chosen_later) {
  const TestCheckout checkout;
  checkout.write(".git/config", "");
  const auto schema = checkout.read(kSchema);
  integrate(options_for(checkout));
  auto separate = options_for(checkout);
  separate.separate_database = true;
  integrate(separate);
  EXPECT_EQ(checkout.read(kSchema), schema);
  EXPECT_FALSE(checkout.read(".git/info/attributes").contains("schema.prisma"));
  EXPECT_TRUE(read_state(checkout.root())->value().separate_database);
}

TEST(Plan, an_unknown_version_is_refused_and_nothing_is_changed) {
  const TestCheckout checkout;
  checkout.write("ui/src/app/jobs/new/page.tsx", "nothing of it\n");
  const auto refused = plan_integration(options_for(checkout));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_TRUE(refused.error().message.contains("jobs/new/page.tsx: has no line"))
      << refused.error().message;
}

TEST(Plan, a_repair_does_what_can_be_done_and_says_the_rest) {
  const TestCheckout checkout;
  checkout.write("ui/src/app/jobs/new/page.tsx", "nothing of it\n");
  auto lenient = options_for(checkout);
  lenient.lenient = true;
  const auto plan = plan_integration(lenient);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->has_models);
  EXPECT_TRUE(plan->notes.front().contains("jobs/new/page.tsx"));
}

TEST(Plan, somebody_elses_file_in_the_place_of_ours_is_left_alone) {
  const TestCheckout checkout;
  checkout.write(kStub, "theirs");
  const auto refused = plan_integration(options_for(checkout));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("is not Tidemark's")) << refused.error().message;
}

TEST(Plan, a_file_of_ours_that_was_changed_is_not_removed) {
  const TestCheckout checkout;
  integrate(options_for(checkout));
  checkout.write(kStub, "changed");
  const auto refused = plan_removal(checkout.root(), false);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("was changed since")) << refused.error().message;
}

TEST(Plan, an_install_that_was_killed_half_way_comes_out_to_the_byte) {
  const TestCheckout checkout;
  checkout.write(".git/config", "[core]\n");
  checkout.write(".git/info/exclude", "theirs");
  checkout.write(".git/hooks/post-merge", "#!/bin/sh\ntheirs\n");
  const auto before = checkout.everything();
  const auto plan = plan_integration(options_for(checkout));
  ASSERT_TRUE(plan && plan->intent && plan->changes.size() > 8);
  ASSERT_TRUE(carry_out({*plan->intent}));
  for (std::size_t i = 0; i < plan->changes.size(); i += 2) {
    const auto& change = plan->changes[i];
    if (change.path != plan->intent->path) {
      ASSERT_TRUE(carry_out({change}));
    }
  }
  const auto& next = plan->changes[1];
  std::filesystem::create_directories(next.path.parent_path());
  std::ofstream{prepared_beside(next.path)} << *next.after;
  remove(checkout);
  EXPECT_EQ(checkout.everything(), before);
}

TEST(Plan, a_file_that_was_being_replaced_is_known_before_and_after) {
  const TestCheckout checkout;
  integrate(options_for(checkout));
  auto moved = options_for(checkout);
  moved.executable = "/elsewhere/tidemark";
  const auto plan = plan_integration(moved);
  ASSERT_TRUE(plan && plan->intent);
  ASSERT_TRUE(carry_out({*plan->intent}));
  const auto again = plan_integration(moved);  // the file is still the earlier one
  ASSERT_TRUE(again) << again.error().message;
  ASSERT_TRUE(carry_out_plan(*again));
  EXPECT_EQ(checkout.read("extensions/tidemark_monitor/executable"), "/elsewhere/tidemark\n");
}

TEST(Plan, what_cannot_be_made_leaves_no_record) {
  const TestCheckout checkout;
  const auto plan = plan_integration(options_for(checkout));
  ASSERT_TRUE(plan);
  checkout.write(kSchema, "model Job {\n}\nprovider = \"sqlite\"\n");  // meanwhile
  const auto refused = carry_out_plan(*plan);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_FALSE(std::filesystem::exists(checkout.root() / ".tidemark"));
}

TEST(Plan, the_package_goes_with_the_hook_and_an_older_copys_files_go) {
  const TestCheckout checkout, package;
  package.write("tidemark/__init__.py", "1");
  package.write("tidemark/old.py", "1");
  package.write("tidemark/__pycache__/old.pyc", "1");
  auto options = options_for(checkout);
  options.python_package = package.root() / "tidemark";
  integrate(options);
  EXPECT_EQ(checkout.read("extensions/tidemark_monitor/packages/tidemark/old.py"), "1");
  std::filesystem::remove(package.root() / "tidemark/old.py");
  integrate(options);
  EXPECT_FALSE(std::filesystem::exists(checkout.root() /
                                       "extensions/tidemark_monitor/packages/tidemark/old.py"));
  EXPECT_FALSE(std::filesystem::exists(
      checkout.root() / "extensions/tidemark_monitor/packages/tidemark/__pycache__"));
}

TEST(Plan, a_program_without_a_package_leaves_the_copy_of_another) {
  const TestCheckout checkout, package;
  package.write("tidemark/__init__.py", "1");
  auto options = options_for(checkout);
  options.python_package = package.root() / "tidemark";
  integrate(options);
  const auto plan = plan_integration(options_for(checkout));
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->changes.empty());
  EXPECT_TRUE(plan->notes.empty());
}

TEST(Plan, a_package_for_another_python_is_said) {
  const TestCheckout checkout, package;
  package.write("tidemark/_tidemark.cpython-311-x86_64-linux-gnu.so", "1");
  auto options = options_for(checkout);
  options.python_package = package.root() / "tidemark";
  checkout.write("venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n");
  EXPECT_TRUE(plan_integration(options)->notes.empty());
  checkout.write("venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.10.12\n");
  EXPECT_TRUE(plan_integration(options)->notes.front().contains("Python is 3.10"));
}

TEST(Filter, git_sees_the_files_without_our_lines_and_writes_them_with_them) {
  const TestCheckout checkout;
  const auto before = checkout.read(kSchema);
  integrate(options_for(checkout));
  const auto after = checkout.read(kSchema);
  EXPECT_EQ(filter_text("clean", checkout.root(), kSchema, after), before);
  EXPECT_EQ(filter_text("smudge", checkout.root(), kSchema, before), after);
}

TEST(Filter, a_work_tree_that_is_not_integrated_gets_nothing) {
  const TestCheckout checkout;
  const auto schema = checkout.read(kSchema);
  EXPECT_EQ(filter_text("smudge", checkout.root(), kSchema, schema), schema);
}

TEST(Filter, what_it_does_not_know_stays_as_it_is) {
  const TestCheckout checkout;
  integrate(options_for(checkout));
  EXPECT_EQ(filter_text("smudge", checkout.root(), kSchema, "unknown"), "unknown");
  EXPECT_EQ(filter_text("clean", checkout.root(), kSchema, "// tidemark:begin\n"),
            "// tidemark:begin\n");
  EXPECT_EQ(filter_text("smudge", checkout.root(), "other.txt", "model Job {"), "model Job {");
}

}  // namespace
}  // namespace tidemark
