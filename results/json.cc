#include "results/json.h"

namespace gaikei {
namespace {

template <class AnyJson>
std::string TextOf(const AnyJson& json) {
  return json.dump(-1, ' ', false, AnyJson::error_handler_t::replace);
}

}  // namespace

nlohmann::json ParseJson(std::string_view text, const nlohmann::json::parser_callback_t& look) {
  return nlohmann::json::parse(text, look, false);
}

nlohmann::ordered_json ParseOrderedJson(std::string_view text,
                                        const nlohmann::ordered_json::parser_callback_t& look) {
  return nlohmann::ordered_json::parse(text, look, false);
}

std::string JsonText(const nlohmann::json& json) { return TextOf(json); }
std::string JsonText(const nlohmann::ordered_json& json) { return TextOf(json); }

}  // namespace gaikei
