#include "integrate/prisma_models.h"

#include <array>
#include <string_view>
#include <utility>

#include "store/store.h"

namespace tidemark {
namespace {

std::string_view scalar_of(std::string_view declaration) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kScalars{
      {{"INTEGER", "Int"}, {"BIGINT", "BigInt"}, {"REAL", "Float"}, {"TEXT", "String"}}};
  for (const auto& [sql, prisma] : kScalars)
    if (declaration.starts_with(sql)) return prisma;
  return "String";
}

std::string field_of(const ColumnLayout& column) {
  const auto& declared = column.declaration;
  std::string field = "  " + std::string{column.name} + " " + std::string{scalar_of(declared)};
  const bool is_key = declared.contains("PRIMARY KEY");
  if (!is_key && !declared.contains("NOT NULL")) field += "?";
  if (is_key) field += " @id";
  if (declared.contains("AUTOINCREMENT")) field += " @default(autoincrement())";
  return field + "\n";
}

std::string_view between(std::string_view text, std::string_view before, char end) {
  const auto at = text.find(before);
  if (at == std::string_view::npos) return {};
  const auto from = at + before.size();
  return text.substr(from, text.find(end, from) - from);
}

struct Reference {
  std::string_view column{};
  std::string_view table{};
  std::string_view target{};
};

/// Of "FOREIGN KEY (column) REFERENCES table(target)"; its column empty: another constraint.
Reference reference_of(std::string_view constraint) {
  const auto tail = between(constraint, "REFERENCES ", ')');
  const auto bracket = tail.find('(');
  if (bracket == std::string_view::npos) return {};
  return {between(constraint, "FOREIGN KEY (", ')'), tail.substr(0, bracket),
          tail.substr(bracket + 1)};
}

std::string relation_of(std::string_view constraint) {
  const auto [column, table, target] = reference_of(constraint);
  if (column.empty()) return {};
  return "  " + std::string{table} + " " + std::string{table} + "? @relation(fields: [" +
         std::string{column} + "], references: [" + std::string{target} +
         "], onDelete: NoAction, onUpdate: NoAction)\n";
}

/// Prisma wants a relation said at both its ends.
std::string relations_to(std::string_view table) {
  std::string fields;
  for (const auto& other : store_layout())
    if (reference_of(other.constraint).table == table)
      fields += "  " + std::string{other.name} + " " + std::string{other.name} + "[]\n";
  return fields;
}

std::string index_of(const TableLayout& table) {
  if (table.index_name.empty()) return {};
  std::string columns;
  for (const auto column : table.index_columns)
    columns += (columns.empty() ? "" : ", ") + std::string{column};
  return "\n  @@index([" + columns + "])\n";
}

std::string model_of(const TableLayout& table) {
  std::string model = "model " + std::string{table.name} + " {\n";
  for (const auto& column : table.columns) model += field_of(column);
  model += relation_of(table.constraint) + relations_to(table.name);
  if (const auto key = between(table.constraint, "PRIMARY KEY (", ')'); !key.empty())
    model += "\n  @@id([" + std::string{key} + "])\n";
  return model + index_of(table) + "}\n";
}

}  // namespace

std::string prisma_models() {
  std::string models =
      "// Tidemark's tables: with these models a schema push leaves them alone.\n\n";
  for (const auto& table : store_layout()) models += model_of(table) + "\n";
  return models;
}

}  // namespace tidemark
