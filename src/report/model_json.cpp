#include "report/model_json.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

namespace tidemark {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPhases = 64;
constexpr double kMost = 1e18;  // bytes of no machine, and still a std::int64_t

using PartOf = std::optional<Estimate> RunComponents::*;
constexpr std::array<std::pair<const char*, PartOf>, 11> kParts{{
    {"model_weights", &RunComponents::model_weights},
    {"base_weights", &RunComponents::base_weights},
    {"text_encoder", &RunComponents::text_encoder},
    {"adapter_weights", &RunComponents::adapter_weights},
    {"gradients", &RunComponents::gradients},
    {"optimizer_state", &RunComponents::optimizer_state},
    {"ema", &RunComponents::ema},
    {"activations", &RunComponents::activations},
    {"latent_cache", &RunComponents::latent_cache},
    {"sampling", &RunComponents::sampling},
    {"checkpoint_save", &RunComponents::checkpoint_save},
}};

using FlagOf = bool MemoryModel::*;
constexpr std::array<std::pair<const char*, FlagOf>, 7> kFlags{{
    {"on_device", &MemoryModel::on_device},
    {"holds_tensors", &MemoryModel::holds_tensors},
    {"unified", &MemoryModel::unified},
    {"killed", &MemoryModel::killed},
    {"trained", &MemoryModel::trained},
    {"completed", &MemoryModel::completed},
    {"grew", &MemoryModel::grew},
}};

Json range_json(const Range& range) {
  return Json::array({range.low, range.likely, range.high});
}

/// Reads with one answer for everything that is off.
class Reader {
 public:
  bool ok() const { return ok_; }

  const Json& at(const Json& object, const char* key) {
    static const Json kNothing;
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (found != object.end()) return *found;
    ok_ = false;
    return kNothing;
  }
  double number(const Json& value) {
    const double found = value.is_number() ? value.get<double>() : NAN;
    const bool may_be = std::abs(found) < kMost;  // false of NaN
    ok_ = ok_ && may_be;
    return may_be ? found : 0;
  }
  Range range(const Json& value) {
    if (!value.is_array() || value.size() != 3) {
      ok_ = false;
      return {};
    }
    const Range found{number(value[0]), number(value[1]), number(value[2])};
    ok_ = ok_ && found.low <= found.likely && found.likely <= found.high;
    return found;
  }
  std::string text(const Json& value) {
    ok_ = ok_ && value.is_string();
    return value.is_string() ? value.get<std::string>() : std::string{};
  }
  bool flag(const Json& value) {
    ok_ = ok_ && value.is_boolean();
    return value.is_boolean() && value.get<bool>();
  }

 private:
  bool ok_ = true;
};

template <class Enum, std::size_t Count>
Enum named(Reader& reader, const Json& value, const std::array<Enum, Count>& all) {
  const auto name = reader.text(value);
  for (const auto one : all)
    if (name_of(one) == name) return one;
  (void)reader.flag(Json{});  // none of the names
  return all.front();
}

constexpr std::array kPools{PoolKind::host,   PoolKind::unified, PoolKind::gpu,
                            PoolKind::cgroup, PoolKind::process, PoolKind::shm};
constexpr std::array kBases{Basis::measured, Basis::computed, Basis::estimated};

Json parts_json(const RunComponents& parts) {
  Json json = Json::object();
  for (const auto& [name, part] : kParts)
    if (const auto& estimate = parts.*part)
      json[name] = {{"bytes", range_json(estimate->bytes)}, {"basis", name_of(estimate->basis)}};
  // Absent is false: models that were stored before it was known have none.
  if (parts.activations_cut_short) json["activations_cut_short"] = true;
  return json;
}

void read_parts(Reader& reader, const Json& json, RunComponents& parts) {
  for (const auto& [name, part] : kParts)
    if (json.is_object() && json.contains(name))
      parts.*part = Estimate{.bytes = reader.range(reader.at(json[name], "bytes")),
                             .basis = named(reader, reader.at(json[name], "basis"), kBases)};
  if (json.is_object() && json.contains("activations_cut_short"))
    parts.activations_cut_short = reader.flag(json["activations_cut_short"]);
}

void read_phases(Reader& reader, const Json& json, MemoryModel& model) {
  for (std::size_t i = 0; json.is_array() && i < std::min(json.size(), kMostPhases); ++i)
    model.phases.push_back({.phase = reader.text(reader.at(json[i], "phase")),
                            .peak = reader.range(reader.at(json[i], "bytes")),
                            .has_workers = reader.flag(reader.at(json[i], "has_workers"))});
}

}  // namespace

std::string model_json(const MemoryModel& model) {
  Json phases = Json::array();
  for (const auto& phase : model.phases)
    phases.push_back({{"phase", phase.phase},
                      {"bytes", range_json(phase.peak)},
                      {"has_workers", phase.has_workers}});
  Json json{{"pool", name_of(model.pool)}, {"device", model.device}};
  for (const auto& [name, flag] : kFlags) json[name] = model.*flag;
  json["others"] = model.others;
  json["phases"] = std::move(phases);
  json["workers"] = model.workers;
  json["worker_bytes"] = range_json(model.worker_bytes);
  json["batch_sizes"] = model.batch_sizes;
  if (model.parts.trainable) json["trainable"] = *model.parts.trainable;
  if (model.parts.frozen) json["frozen"] = range_json(*model.parts.frozen);
  json["parts"] = parts_json(model.parts);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<MemoryModel> parse_model(std::string_view text, Recipe recipe) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  Reader reader;
  MemoryModel model{.recipe = recipe, .asked = std::move(recipe)};
  model.pool = named(reader, reader.at(json, "pool"), kPools);
  model.device = reader.text(reader.at(json, "device"));
  for (const auto& [name, flag] : kFlags) model.*flag = reader.flag(reader.at(json, name));
  model.others = reader.number(reader.at(json, "others"));
  read_phases(reader, reader.at(json, "phases"), model);
  model.workers = static_cast<std::int64_t>(reader.number(reader.at(json, "workers")));
  model.worker_bytes = reader.range(reader.at(json, "worker_bytes"));
  for (const auto& size : reader.at(json, "batch_sizes"))
    model.batch_sizes.push_back(static_cast<std::int64_t>(reader.number(size)));
  if (json.contains("trainable")) model.parts.trainable = reader.number(json["trainable"]);
  if (json.contains("frozen")) model.parts.frozen = reader.range(json["frozen"]);
  read_parts(reader, reader.at(json, "parts"), model.parts);
  if (!reader.ok()) return std::nullopt;
  return model;
}

}  // namespace tidemark
