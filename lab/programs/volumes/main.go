// Command volumes makes a claim's volume a folder of the node, and removes the folder with the volume. It runs on the node
// itself, as a cluster's own storage does: a provisioner in a pod needs another pod for each folder, which takes seconds.
package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v10/controller"
)

// folders makes volumes in a folder.
type folders struct{ parent string }

// Group-sticky and open to all: a claim's user is not known here, and the node is the user's own.
const mode = os.ModeSetgid | 0o777

func (f folders) Provision(_ context.Context, asked controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	folder := filepath.Join(f.parent, asked.PVName)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	// Apart, for the umask does not count here.
	if err := os.Chmod(folder, mode); err != nil {
		return nil, controller.ProvisioningFinished, err
	}
	must := core.HostPathDirectory
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: asked.PVName},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   asked.PVC.Spec.AccessModes,
			Capacity:                      asked.PVC.Spec.Resources.Requests,
			PersistentVolumeReclaimPolicy: *asked.StorageClass.ReclaimPolicy,
			PersistentVolumeSource: core.PersistentVolumeSource{
				HostPath: &core.HostPathVolumeSource{Path: folder, Type: &must},
			},
		},
	}, controller.ProvisioningFinished, nil
}

func (f folders) Delete(_ context.Context, volume *core.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(f.parent, volume.Name))
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	parent := flag.String("folder", "", "where the volumes' folders are made")
	name := flag.String("provisioner", "", "the provisioner that a StorageClass names")
	flag.Parse()
	logger := klog.Background()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	// One node on one machine, which may make many volumes at a time.
	config.QPS, config.Burst = 100, 200
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		klog.Fatal(err)
	}
	controller.NewProvisionController(
		logger, client, *name, folders{*parent}, controller.LeaderElection(false),
	).Run(context.Background())
}
