// ai-toolkit's main branch, commit 27a03a91; the lines looked for are as few and as plain as can
// be, so that other versions have them too.
#include "integrate/known_files.h"

#include <algorithm>
#include <array>

#include "integrate/marked_text.h"
#include "integrate/prisma_models.h"

namespace tidemark {
namespace {

constexpr auto kNone = std::string_view::npos;

Error lacks(std::string_view line) {
  return {Errc::unsupported,
          "has no line \"" + std::string{line} + "\", which this version of Tidemark looks for"};
}

std::size_t next_line(std::string_view text, std::size_t at) {
  const auto end = text.find('\n', at);
  return end == kNone ? kNone : end + 1;
}

/// In front of the first model: the file's end may lack a line end.
Result<std::string> insert_models(std::string_view text) {
  const auto at = find_line(text, "model Job {");
  if (at == kNone) return std::unexpected(lacks("model Job {"));
  if (text.find("provider = \"sqlite\"") == kNone)
    return std::unexpected(lacks("provider = \"sqlite\""));
  for (const auto taken : {"model MetricsSample {", "model TrainingEvent {", "model StepMetric {",
                           "model AnalysisReport {"})
    if (find_line(text, taken) != kNone)
      return fail(Errc::unsupported,
                  "has a \"" + std::string{taken} + "...\" of its own; use --separate-db");
  return with_block(text, at, prisma_models(), CommentKind::slashes);
}

/// After the last `import ... from '...';` that is one line; ES modules do not care where.
Result<std::string> insert_import(std::string_view text, std::string_view line) {
  std::size_t last = kNone;
  for (auto at = find_line(text, "import "); at != kNone;) {
    const auto after = next_line(text, at);
    if (after == kNone) break;
    if (text.substr(at, after - at).contains(" from ")) last = after;
    at = find_line(text, "import ", after);
  }
  if (last == kNone) return std::unexpected(lacks("import ... from ..."));
  return with_block(text, last, line, CommentKind::slashes);
}

Result<std::string> insert_page_key(std::string_view text) {
  constexpr std::string_view kType = "type PageKey =";
  const auto at = find_line(text, kType);
  const auto end = at == kNone ? kNone : text.find(';', at);
  if (end == kNone) return std::unexpected(lacks(kType));
  return with_inline(text, end, " | 'tidemark'");
}

Result<std::string> insert_page(std::string_view text) {
  constexpr std::string_view kPages = "const pages: Page[] = [";
  const auto at = find_line(text, kPages);
  if (at == kNone) return std::unexpected(lacks(kPages));
  const auto end = find_line(text, "];", at);
  if (end == kNone) return std::unexpected(lacks("];"));
  return with_block(text, end,
                    "  {\n"
                    "    name: 'Performance Analysis',\n"
                    "    value: 'tidemark',\n"
                    "    icon: TidemarkIcon,\n"
                    "    component: TidemarkPanel,\n"
                    "    mainCss: 'pt-24 pb-4',\n"
                    "    jobTypes: ['train'],\n"
                    "  },\n",
                    CommentKind::slashes);
}

Result<std::string> insert_panel(std::string_view text) {
  const auto paged = insert_page(text);
  if (!paged) return paged;
  const auto keyed = insert_page_key(*paged);
  if (!keyed) return keyed;
  return insert_import(
      *keyed, "import TidemarkPanel, { TidemarkIcon } from '@/components/tidemark/JobPanel';\n");
}

/// A copy of a job takes over what Apply left for it, before the form shows it.
Result<std::string> insert_prefill(std::string_view text) {
  constexpr std::string_view kCopy =
      "newJobConfig.config.name = `${newJobConfig.config.name}_copy`;";
  const auto at = find_line(text, kCopy);
  const auto after = at == kNone ? kNone : next_line(text, at);
  if (after == kNone) return std::unexpected(lacks(kCopy));
  return with_block(text, after, "          applyTidemarkSettings(cloneId, newJobConfig);\n",
                    CommentKind::slashes);
}

/// Will it fit? stands in the bar at the top, in front of what is right of its empty middle.
Result<std::string> insert_fit(std::string_view text) {
  constexpr std::string_view kMiddle = "<div className=\"flex-1\"></div>";
  const auto at = find_line(text, kMiddle);
  const auto after = at == kNone ? kNone : next_line(text, at);
  if (after == kNone) return std::unexpected(lacks(kMiddle));
  return with_block(text, after, "        <TidemarkFit jobConfig={jobConfig} />\n",
                    CommentKind::jsx);
}

Result<std::string> insert_new_job(std::string_view text) {
  const auto filled = insert_prefill(text);
  if (!filled) return filled;
  const auto fitted = insert_fit(*filled);
  if (!fitted) return fitted;
  return insert_import(*fitted,
                       "import { applyTidemarkSettings } from '@/components/tidemark/apply';\n"
                       "import TidemarkFit from '@/components/tidemark/WillItFit';\n");
}

constexpr std::array kFiles{
    KnownFile{"ui/prisma/schema.prisma", insert_models, true},
    KnownFile{"ui/src/app/jobs/[jobID]/page.tsx", insert_panel},
    KnownFile{"ui/src/app/jobs/new/page.tsx", insert_new_job},
};

}  // namespace

std::span<const KnownFile> known_files() {
  return kFiles;
}

const KnownFile* find_known_file(std::string_view path) {
  const auto found = std::ranges::find(kFiles, path, &KnownFile::path);
  return found == kFiles.end() ? nullptr : &*found;
}

Result<std::string> edited(const KnownFile& file, std::string_view text) {
  const auto bare = without_ours(text);
  return bare ? file.insert(*bare) : bare;
}

}  // namespace tidemark
