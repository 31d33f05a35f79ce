// kube-scheduler with scheduler-plugins' network-aware plugins compiled in: they are there, and off, until a profile asks.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"

	// The plugins' arguments in a KubeSchedulerConfiguration are read by this scheme.
	_ "sigs.k8s.io/scheduler-plugins/apis/config/scheme"
	"sigs.k8s.io/scheduler-plugins/pkg/networkaware/networkoverhead"
)

func main() {
	os.Exit(cli.Run(app.NewSchedulerCommand(app.WithPlugin(networkoverhead.Name, networkoverhead.New))))
}
