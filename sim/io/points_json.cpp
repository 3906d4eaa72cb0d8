#include "sim/io/points_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "models/contract.h"
#include "sim/io/result_json.h"

namespace plimsoll {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const ReplicatedSummary& result) {
    return Json::parse(result_json(result, JsonLayout::line));
}

Json start_of(std::size_t point, const std::vector<std::pair<std::string, std::string>>& set) {
    Json line = Json::object();
    line["point"] = point;
    line["set"] = Json::object();
    for (const auto& [path, value] : set) {
        const Json parsed = Json::parse(value, nullptr, false);
        line["set"][path] = parsed.is_discarded() ? Json(value) : parsed;
    }
    return line;
}

}  // namespace

std::string point_line(std::size_t point,
                       const std::vector<std::pair<std::string, std::string>>& set,
                       const ReplicatedSummary& result) {
    Json line = start_of(point, set);
    line["result"] = json_of(result);
    return line.dump() + "\n";
}

std::string point_line(std::size_t point,
                       const std::vector<std::pair<std::string, std::string>>& set,
                       const std::vector<ScenarioIssue>& issues) {
    Json line = start_of(point, set);
    line["error"] = Json::parse(issues_json(issues))["error"];
    line["infeasible"] = std::all_of(issues.begin(), issues.end(), [](const ScenarioIssue& issue) {
        return issue.kind == ScenarioIssue::Kind::infeasible;
    });
    return line.dump() + "\n";
}

std::string load_json(const LoadCurve& curve) {
    const auto own = std::find_if(curve.points.begin(),
                                  curve.points.end(),
                                  [](const LoadPoint& point) { return point.factor == 1.0; });
    PLIMSOLL_EXPECTS(own != curve.points.end());
    ReplicatedSummary result = own->result;
    result.mean.answer = curve.answer;
    Json json = json_of(result);
    Json points = Json::array();
    for (const LoadPoint& point : curve.points) {
        Json each = Json::object();
        each["factor"] = point.factor;
        each["load_rps"] = point.load_rps;
        each["holds"] = point.holds;
        each["result"] = json_of(point.result);
        points.push_back(std::move(each));
    }
    json["load_curve"]["end"] = to_string(curve.end);
    json["load_curve"]["simulations"] = curve.simulations;
    json["load_curve"]["points"] = std::move(points);
    return json.dump(2) + "\n";
}

}  // namespace plimsoll
