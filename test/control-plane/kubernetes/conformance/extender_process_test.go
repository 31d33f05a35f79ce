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
)

const netaware = "../../../../netaware"

// untilInputEnds runs its arguments until its own input ends, so that a test that is killed leaves no process behind.
const untilInputEnds = `"$@" & exec >/dev/null 2>&1; read -r _; kill $!; wait $!`

// small is the extender that serves testdata/cluster.yaml to all tests that need no other state. It starts with the first.
var small struct {
	once sync.Once
	url  string
	stop func()
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if small.stop != nil {
		small.stop()
	}
	os.Exit(code)
}

func smallCluster(t *testing.T) (url string) {
	t.Helper()
	small.once.Do(func() { small.url, small.stop, small.err = startExtender("testdata/cluster.yaml") })
	if small.err != nil {
		t.Fatal(small.err)
	}
	return small.url
}

// serve starts an extender for one test.
func serve(t *testing.T, stateFile string) (url string) {
	t.Helper()
	url, stop, err := startExtender(stateFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return url
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
