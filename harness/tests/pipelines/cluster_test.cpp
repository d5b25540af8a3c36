// The jobs of containers/cluster. There is no cluster of Kubernetes here, so its jobs are held
// against what they must be made of, and what their containers run is run as it stands; a Slurm
// there may be, and then the whole is shown on it; the topology is made of namespaces.
#include <gmock/gmock.h>

#include <set>

#include "lab/child_process.h"
#include "lab/namespaces.h"
#include "place.h"

namespace karpspec::pipelines {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;

const fs::path cluster = containers / "cluster";

std::vector<std::string> words_of(const YAML::Node& list) {
  std::vector<std::string> words;
  for (const YAML::Node& word : list)
    words.push_back(word.as<std::string>());
  return words;
}

// The words of a command that stands in one line, without quotes.
std::vector<std::string> words_in(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

class Kubernetes : public testing::Test {
 protected:
  Kubernetes() {
    for (const YAML::Node& each : YAML::LoadAllFromFile(cluster / "kubernetes.yaml"))
      (each["kind"].as<std::string>() == "Job" ? job_ : claim_) = each;
    merge_ = YAML::LoadFile(cluster / "kubernetes-merge.yaml");
  }
  static YAML::Node pod_of(const YAML::Node& job) { return job["spec"]["template"]["spec"]; }
  static Variables environment_of(const YAML::Node& container) {
    Variables variables;
    for (const YAML::Node& item : container["env"])
      EXPECT_TRUE(
          variables.emplace(item["name"].as<std::string>(), item["value"].as<std::string>()).second)
          << item["name"] << " stands twice";
    return variables;
  }
  // Runs the container of a job as it stands, but for what VARIABLES say.
  Ended run_container(const YAML::Node& job, const Variables& variables,
                      const std::string& network = "") {
    const YAML::Node container = pod_of(job)["containers"][0];
    std::vector<std::string> command = words_of(container["command"]);
    for (const std::string& word : words_of(container["args"]))
      command.push_back(word);
    Variables all = variables;
    all["RESULTS"] = place_.file("results");
    for (const auto& [name, value] : environment_of(container))
      all.emplace(name, value);
    return place_.run(command, all, network);
  }
  Ended run_part(int index, Variables variables) {
    variables["JOB_COMPLETION_INDEX"] = std::to_string(index);
    return run_container(job_, variables);
  }

  Place place_;
  YAML::Node claim_, job_, merge_;
};

TEST_F(Kubernetes, JobsAreMadeOfWhatTheyMust) {
  for (const YAML::Node& job : {job_, merge_}) {
    EXPECT_EQ(job["apiVersion"].as<std::string>(), "batch/v1");
    EXPECT_EQ(job["kind"].as<std::string>(), "Job");
    EXPECT_THAT(job["metadata"]["name"].as<std::string>(), HasSubstr("karpspec"));
    const YAML::Node pod = pod_of(job);
    // A Job has pods that end.
    EXPECT_EQ(pod["restartPolicy"].as<std::string>(), "Never");
    std::set<std::string> volumes;
    for (const YAML::Node& volume : pod["volumes"])
      volumes.insert(volume["name"].as<std::string>());
    for (const YAML::Node& container : pod["containers"]) {
      EXPECT_TRUE(container["image"] && container["name"]);
      for (const YAML::Node& mount : container["volumeMounts"])
        EXPECT_THAT(volumes, Contains(mount["name"].as<std::string>()));
    }
    EXPECT_EQ(pod["volumes"][0]["persistentVolumeClaim"]["claimName"].as<std::string>(),
              claim_["metadata"]["name"].as<std::string>());
  }
  EXPECT_EQ(claim_["kind"].as<std::string>(), "PersistentVolumeClaim");
  EXPECT_EQ(words_of(claim_["spec"]["accessModes"]), std::vector<std::string>{"ReadWriteMany"});
  // A sidecar: an init container that goes on, and ends with the pod.
  EXPECT_EQ(pod_of(job_)["initContainers"][0]["restartPolicy"].as<std::string>(), "Always");
}

TEST_F(Kubernetes, AsManyPartsAsTheJobHasCompletions) {
  EXPECT_EQ(job_["spec"]["completionMode"].as<std::string>(), "Indexed");
  const auto completions = job_["spec"]["completions"].as<std::string>();
  EXPECT_EQ(environment_of(pod_of(job_)["containers"][0])["KARPSPEC_SHARDS"], completions);
  EXPECT_LE(job_["spec"]["parallelism"].as<int>(), std::stoi(completions));
}

TEST_F(Kubernetes, PartsAreTheWholeWhenTheyAreMerged) {
  const Variables variables = {{"TESTS", some_tests}, {"DUT_FILE", "embedded"}};
  for (int part = 0; part < job_["spec"]["completions"].as<int>(); ++part) {
    const Ended ended = run_part(part, variables);
    EXPECT_EQ(ended.code, 0) << ended.output;
  }
  const Ended merged = run_container(merge_, {});
  EXPECT_EQ(merged.code, 0) << merged.output;
  const Ended whole = place_.bash(std::string("karpspec run ") + some_tests + " --seed 1 --out " +
                                  place_.file("whole").string());
  ASSERT_EQ(whole.code, 0) << whole.output;
  const Ended same =
      place_.run({cluster / "same-results", place_.file("whole"), place_.file("results/merged")});
  EXPECT_EQ(same.code, 0) << same.output;
}

TEST_F(Kubernetes, APartThatDoesNotConformIsDoneAndTheMergeFails) {
  place_.alter_run("--fault kdf-changed");
  const Variables variables = {{"TESTS", some_tests}, {"DUT_FILE", "embedded"}};
  for (int part = 0; part < job_["spec"]["completions"].as<int>(); ++part)
    EXPECT_EQ(run_part(part, variables).code, 0);
  EXPECT_EQ(run_container(merge_, {}).code, 1);
}

TEST_F(Kubernetes, APartThatWasNotJudgedFails) {
  EXPECT_EQ(run_part(0, {{"TESTS", some_tests}, {"DUT_FILE", "no-such-device.yaml"}}).code, 2);
}

TEST_F(Kubernetes, APartThatWasCutOffGoesOn) {
  const Variables variables = {{"TESTS", some_tests}, {"DUT_FILE", "embedded"}};
  ASSERT_EQ(run_part(1, variables).code, 0);
  const fs::path part = place_.file("results/parts/1");
  const auto before = verdicts_in(part);
  // As when the pod was lost: the results that came are in the journal.
  fs::remove(part / "results.json");
  const Ended again = run_part(1, variables);
  EXPECT_EQ(again.code, 0) << again.output;
  EXPECT_EQ(verdicts_in(part), before);
}

TEST_F(Kubernetes, TheDeviceIsWhereItsFileSays) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    GTEST_SKIP() << why;
  // The containers of a pod have one network.
  const auto pod = lab::NetworkNamespace::create("pod");
  ASSERT_TRUE(pod) << to_string(pod.error());
  lab::ChildOptions options;
  options.command = words_of(pod_of(job_)["initContainers"][0]["command"]);
  ASSERT_EQ(options.command.front(), "karpspec-dut");
  options.command.front() = KARPSPEC_BINARY_DIR "/karpspec-dut";
  options.network_namespace = pod->name();
  const auto device = lab::ChildProcess::start(options);
  ASSERT_TRUE(device) << to_string(device.error());
  const Ended ended = run_container(job_,
                                    {{"TESTS", "rkmp/4.1/responder"},
                                     {"JOB_COMPLETION_INDEX", "0"},
                                     {"DUT_FILE", containers / "duts/reference-running.yaml"}},
                                    pod->name());
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(verdicts_in(place_.file("results/parts/0")), Contains(Pair(testing::_, "pass")));
}

TEST(Containerlab, TopologyIsALinkBetweenDeviceAndTester) {
  const YAML::Node topology = YAML::LoadFile(cluster / "karpspec.clab.yml")["topology"];
  ASSERT_TRUE(topology["nodes"]["dut"] && topology["nodes"]["tester"]);
  std::set<std::string> ends;
  for (const YAML::Node& link : topology["links"]) {
    ASSERT_THAT(words_of(link["endpoints"]), SizeIs(2));
    for (const std::string& end : words_of(link["endpoints"]))
      EXPECT_TRUE(ends.insert(end).second) << end << " has two links";
  }
  EXPECT_EQ(ends, (std::set<std::string>{"dut:eth1", "tester:eth1"}));
  for (const auto& node : topology["nodes"]) {
    EXPECT_TRUE(node.second["kind"] && node.second["image"]);
    for (const std::string& command : words_of(node.second["exec"]))
      EXPECT_THAT(command, testing::AllOf(testing::StartsWith("ip "), HasSubstr(" eth1")));
  }
}

// Nodes as containerlab makes them are namespaces with a cable between them.
TEST(Containerlab, TopologyCarriesARun) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    GTEST_SKIP() << why;
  const Place place;
  const YAML::Node nodes = YAML::LoadFile(cluster / "karpspec.clab.yml")["topology"]["nodes"];
  const auto dut = lab::NetworkNamespace::create("clab-dut");
  const auto tester = lab::NetworkNamespace::create("clab-tester");
  ASSERT_TRUE(dut && tester);
  const auto cable = lab::connect({*dut, "eth1", {}}, {*tester, "eth1", {}});
  ASSERT_TRUE(cable) << to_string(cable.error());
  // As containerlab does it: the program first, which takes the place of the image's own, then
  // `exec`.
  lab::ChildOptions options;
  options.command = {"sh", "-c",
                     "exec " + nodes["dut"]["entrypoint"].as<std::string>() + " " +
                         nodes["dut"]["cmd"].as<std::string>()};
  options.environment = {{"PATH", place.search_path()}};
  options.network_namespace = dut->name();
  const auto device = lab::ChildProcess::start(options);
  ASSERT_TRUE(device) << to_string(device.error());
  for (const auto& [name, network] : {std::pair{"dut", dut->name()}, {"tester", tester->name()}}) {
    for (const std::string& command : words_of(nodes[name]["exec"])) {
      const Ended ended = place.run(words_in(command), {}, network);
      EXPECT_EQ(ended.code, 0) << command << "\n" << ended.output;
    }
  }
  EXPECT_EQ(nodes["tester"]["entrypoint"].as<std::string>() + " " +
                nodes["tester"]["cmd"].as<std::string>(),
            "sleep infinity");
  const std::string out = place.file("out");
  const Ended ended = place.run({"karpspec", "run", "rkmp/4.1/responder", "rfc5996/1.2", "--dut",
                                 cluster / "clab-dut.yaml", "--seed", "1", "--out", out},
                                {}, tester->name());
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(verdicts_in(out), Contains(Pair(testing::_, "pass")));
  EXPECT_THAT(verdicts_in(out), Not(Contains(Pair(testing::_, "error"))));
}

// Ends with 77 where it cannot be shown.
Ended prove(const Place& place, std::vector<std::string> more) {
  std::vector<std::string> command = {cluster / "prove-slurm"};
  command.insert(command.end(), more.begin(), more.end());
  return place.run(command, {{"TMPDIR", place.file("work")}});
}

TEST(Slurm, ARunInPartsIsTheWhole) {
  const Place place;
  const Ended ended = prove(
      place, {"--parts", "3", "--", "karpspec", "run", "rkmp", "--dut", "embedded", "--seed", "5"});
  if (ended.code == 77)
    GTEST_SKIP() << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("the same: " + std::to_string(tests_in(place, "rkmp"))));
  EXPECT_TRUE(fs::is_empty(place.file("work"))) << "it leaves nothing";
}

TEST(Slurm, AFaultIsFoundInPartsToo) {
  const Place place;
  const Ended ended =
      prove(place, {"--parts", "2", "--keep", place.file("kept"), "--", "karpspec", "run",
                    "rkmp/4.1", "rkmp/4.2", "--fault", "kdf-changed", "--seed", "5"});
  if (ended.code == 77)
    GTEST_SKIP() << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(text_of(place.file("kept/results/split/merged.status")), "1\n");
}

// The same of a matrix of devices, whose networks are other ones in each task.
TEST(Slurm, AMatrixInPartsIsTheWhole) {
  if (const std::string why = lab::why_no_namespaces(); !why.empty())
    GTEST_SKIP() << why;
  const Place place;
  const Ended ended = prove(place, {"--parts", "3", "--", "karpspec", "interop",
                                    containers / "interop/fault.yaml", "--seed", "5"});
  if (ended.code == 77)
    GTEST_SKIP() << ended.output;
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, testing::ContainsRegex("the same: [1-9][0-9]* results"));
}

// A part that is not judged: nothing is merged, and it is said which.
TEST(Slurm, APartThatWasNotJudgedIsNamed) {
  const Place place;
  // Unsplit it is judged; of two parts the second gets bad input.
  place.put_program("karpspec",
                    "[ \"${SLURM_ARRAY_TASK_ID:-0}\" = 0 ] || exit 3\n"
                    "exec " KARPSPEC_BINARY_DIR "/karpspec \"$@\"");
  const Ended ended = prove(place, {"--parts", "2", "--", "karpspec", "run", "rkmp/4.1"});
  if (ended.code == 77)
    GTEST_SKIP() << ended.output;
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("part 1 was not judged (exit status: 3)"));
  EXPECT_TRUE(fs::is_empty(place.file("work"))) << "it leaves nothing";
}

TEST(Slurm, WhatIsNoSubmissionIsRefused) {
  const Place place;
  place.put_program("sbatch", "echo \"sbatch $*\" >>\"$CALLS\"; echo 1");
  const auto submit = [&](const std::string& arguments) {
    return place.bash((cluster / "slurm-submit").string() + " " + arguments);
  };
  for (const auto& [arguments, what] : {
           std::pair{"", "--parts wants a number"},
           {"--parts 0 --out x -- karpspec run", "--parts wants a number"},
           {"--parts two --out x -- karpspec run", "--parts wants a number"},
           {"--parts 2 -- karpspec run", "--out is required"},
           {"--parts 2 --out x", "a karpspec command is required"},
           {"--parts 2 --out x karpspec run", "'karpspec' is no option"},
           {"--parts 2 --out x --array=1-3 -- karpspec run", "--array=1-3 is set by this program"},
           {"--parts 2 --out x -- karpspec run --shard 1/2", "--shard is not given"},
           {"--parts 2 --out x -- karpspec run --out y", "--out is not given"},
           {"--parts 2 --out x -- no-such-program run", "no-such-program is not found"},
       }) {
    const Ended ended = submit(arguments);
    EXPECT_EQ(ended.code, 2) << arguments;
    EXPECT_THAT(ended.output, HasSubstr(what)) << arguments;
  }
  EXPECT_THAT(place.calls(), testing::IsEmpty());
  EXPECT_EQ(submit("--parts 2 --out x --time=5 -- karpspec run rkmp").code, 0);
  ASSERT_THAT(place.calls(), SizeIs(2));
  EXPECT_THAT(place.calls()[0], HasSubstr("--time=5 --job-name=karpspec --array=0-1"));
  EXPECT_THAT(place.calls()[1], HasSubstr("--dependency=afterok:1"));
  const Ended again = submit("--parts 2 --out x -- karpspec run rkmp");
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.output, HasSubstr("--resume goes on with them"));
  EXPECT_EQ(submit("--parts 2 --out x --resume -- karpspec run rkmp").code, 0);
}

// The comparison must be able to fail.
TEST(SameResults, DifferencesAreSeen) {
  const Place place;
  const auto run = [&](const std::string& more, const std::string& out) {
    const Ended ended = place.bash("karpspec run rkmp/4.1 --seed 1 " + more + " --out " + out);
    EXPECT_LE(ended.code, 1) << ended.output;
  };
  const auto same = [&](const std::string& folders) {
    return place.bash((cluster / "same-results").string() + " " + folders);
  };
  run("", "whole");
  run("", "again");
  run("--shard 1/2", "first");
  run("--shard 2/2", "second");
  EXPECT_EQ(same("whole again").code, 0);
  EXPECT_EQ(same("whole first second").code, 0) << same("whole first second").output;
  EXPECT_THAT(same("whole first").output, HasSubstr("only in the whole"));
  EXPECT_EQ(same("whole first").code, 1);
  EXPECT_THAT(same("whole first second second").output, HasSubstr("in more than one part"));
  run("--fault kdf-changed", "faulty");
  EXPECT_EQ(same("whole faulty").code, 1);
  EXPECT_EQ(same("whole nowhere").code, 2);
  EXPECT_EQ(same("whole").code, 2);
  // One octet of a capture.
  const Ended altered =
      place.bash("file=$(find again/tests -name '*.pcapng' | head -n 1); printf x >>\"$file\"");
  ASSERT_EQ(altered.code, 0) << altered.output;
  EXPECT_THAT(same("whole again").output, HasSubstr("other octets"));
  EXPECT_EQ(same("whole again").code, 1);
}

}  // namespace
}  // namespace karpspec::pipelines
