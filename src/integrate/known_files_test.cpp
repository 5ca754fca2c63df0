#include "integrate/known_files.h"

#include "integrate/marked_text.h"
#include "integrate/test_checkout.h"

namespace tidemark {
namespace {

TEST(KnownFiles, each_is_edited_once_however_often_and_comes_back_to_the_byte) {
  const TestCheckout checkout;
  for (const auto& file : known_files()) {
    const auto before = checkout.read(std::string{file.path});
    const auto once = edited(file, before);
    ASSERT_TRUE(once) << file.path << once.error().message;
    EXPECT_NE(*once, before);
    EXPECT_EQ(edited(file, *once).value(), *once);
    EXPECT_EQ(without_ours(*once).value(), before);
  }
}

TEST(KnownFiles, the_page_gets_its_import_its_key_and_its_entry) {
  const TestCheckout checkout;
  const auto* file = find_known_file("ui/src/app/jobs/[jobID]/page.tsx");
  const auto page = edited(*file, checkout.read(std::string{file->path})).value();
  EXPECT_TRUE(page.contains(
      "import Last from 'l';\n// tidemark:begin\nimport TidemarkPanel, { TidemarkIcon }"))
      << page;
  EXPECT_TRUE(
      page.contains("type PageKey = 'a' | 'b'/* tidemark:begin */ | 'tidemark'/* tidemark:end */;"))
      << page;
  EXPECT_TRUE(page.contains("    component: TidemarkPanel,\n")) << page;
  EXPECT_TRUE(page.contains("  },\n// tidemark:end\n];\n")) << page;
}

TEST(KnownFiles, a_line_that_is_missing_is_named) {
  const TestCheckout checkout;
  for (const auto& [path, lost] : std::map<std::string, std::string>{
           {"ui/prisma/schema.prisma", "model Job {"},
           {"ui/src/app/jobs/[jobID]/page.tsx", "const pages: Page[] = ["},
           {"ui/src/app/jobs/new/page.tsx",
            "newJobConfig.config.name = `${newJobConfig.config.name}_copy`;"}}) {
    auto text = checkout.read(path);
    text.replace(text.find(lost), lost.size(), "something else");
    const auto refused = edited(*find_known_file(path), text);
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, Errc::unsupported);
    EXPECT_TRUE(refused.error().message.contains(lost)) << refused.error().message;
  }
}

TEST(KnownFiles, a_model_of_theirs_by_one_of_our_names_is_refused) {
  const auto refused = edited(*find_known_file("ui/prisma/schema.prisma"),
                              "provider = \"sqlite\"\nmodel Job {\n}\nmodel StepMetric {\n}\n");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("--separate-db")) << refused.error().message;
}

}  // namespace
}  // namespace tidemark
