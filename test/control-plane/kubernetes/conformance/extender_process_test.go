package conformance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"k8s.io/klog/v2"
)

const netaware = "../../../../netaware"

// untilInputEnds runs its arguments until its own input ends, so that a test that is killed leaves no process behind.
const untilInputEnds = `"$@" & exec >/dev/null 2>&1; read -r _; kill $!; wait $!`

// sharedExtender serves one state to all tests that ask for it. It starts with the first.
type sharedExtender struct {
	stateFile func(t *testing.T) string
	start     sync.Once
	url       string
	stop      func()
	err       error
}

var (
	small = &sharedExtender{stateFile: func(*testing.T) string { return "testdata/cluster.yaml" }}
	large = &sharedExtender{stateFile: writeLargeCluster}
)

func TestMain(m *testing.M) {
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	code := m.Run()
	for _, extender := range []*sharedExtender{small, large} {
		if extender.stop != nil {
			extender.stop()
		}
	}
	os.Exit(code)
}

// smallCluster is the address of the extender of testdata/cluster.yaml.
func smallCluster(t *testing.T) string { return small.address(t) }

// largeCluster is the address of the extender of 5,000 nodes.
func largeCluster(t *testing.T) string { return large.address(t) }

func (extender *sharedExtender) address(t *testing.T) string {
	t.Helper()
	extender.start.Do(func() {
		extender.url, extender.stop, extender.err = startExtender(extender.stateFile(t))
	})
	if extender.err != nil {
		t.Fatal(extender.err)
	}
	return extender.url
}

// startExtender runs netaware's extender as a process of its own, on a port that the kernel chose.
func startExtender(stateFile string) (url string, stop func(), err error) {
	command := exec.Command("sh", "-c", untilInputEnds, "sh",
		netaware, "extender", "--state", stateFile, "--host", "127.0.0.1", "--port", "0")
	input, err := command.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	log, err := command.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, err
	}
	lines := bufio.NewScanner(log)
	port, err := listeningPort(lines)
	logEnds := make(chan struct{})
	go func() {
		defer close(logEnds)
		for lines.Scan() {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
		_, _ = io.Copy(os.Stderr, log)
	}()
	stop = func() {
		_ = input.Close()
		<-logEnds
		_ = command.Wait()
	}
	if err != nil {
		stop()
		return "", nil, err
	}
	return fmt.Sprintf("http://127.0.0.1:%d/scheduler", port), stop, nil
}

// listeningPort reads the extender's log up to the line that tells its port.
func listeningPort(log *bufio.Scanner) (int, error) {
	said := ""
	for log.Scan() {
		var line struct {
			Message string `json:"msg"`
			Port    int    `json:"port"`
		}
		if json.Unmarshal(log.Bytes(), &line) == nil && line.Message == "extender listens" {
			return line.Port, nil
		}
		said += log.Text() + "\n"
	}
	return 0, fmt.Errorf("the extender ended before it listened:\n%s", said)
}
