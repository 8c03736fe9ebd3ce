{{- define "observatory.labels" -}}
app.kubernetes.io/name: observatory
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{/* What makes a pod pass the profile "restricted"; the same for all of them. */}}
{{- define "observatory.pod" -}}
serviceAccountName: {{ .Release.Name }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "observatory.closed" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* A deployment of our image: (dict "top" $ "part" name "command" list "replicas" n "port" n "code" bool) */}}
{{- define "observatory.part" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .top.Release.Name }}-{{ .part }}
  labels:
    {{- include "observatory.labels" .top | nindent 4 }}
    app.kubernetes.io/component: {{ .part }}
spec:
  replicas: {{ .replicas }}
  {{- if eq .part "daemon" }}
  strategy:
    type: Recreate
  {{- end }}
  selector:
    matchLabels:
      app.kubernetes.io/instance: {{ .top.Release.Name }}
      app.kubernetes.io/component: {{ .part }}
  template:
    metadata:
      labels:
        {{- include "observatory.labels" .top | nindent 8 }}
        app.kubernetes.io/component: {{ .part }}
      annotations:
        checksum/config: {{ include (print .top.Template.BasePath "/config.yaml") .top | sha256sum }}
    spec:
      {{- include "observatory.pod" .top | nindent 6 }}
      automountServiceAccountToken: {{ eq .part "daemon" }}
      containers:
        - name: {{ .part }}
          image: {{ .top.Values.image.name | quote }}
          imagePullPolicy: {{ .top.Values.image.pullPolicy }}
          args: {{ toJson .command }}
          {{- include "observatory.closed" .top | nindent 10 }}
          env:
            - name: OBSERVATORY_PART
              value: {{ .part }}
            {{- if .code }}
            - name: OBSERVATORY_CODE
              value: {{ .top.Release.Name }}-code:4000
            {{- end }}
          envFrom:
            - configMapRef:
                name: {{ .top.Release.Name }}
            - secretRef:
                name: {{ .top.Values.secret }}
          {{- if .port }}
          ports:
            - name: main
              containerPort: {{ .port }}
          {{- end }}
          startupProbe:
            exec:
              command: [python, -W, ignore, -m, pipelines.cli, serve, health]
            periodSeconds: 20
            timeoutSeconds: 20
            failureThreshold: 15
          livenessProbe:
            exec:
              command: [python, -W, ignore, -m, pipelines.cli, serve, health]
            periodSeconds: 60
            timeoutSeconds: 30
            failureThreshold: 3
          {{- if .port }}
          readinessProbe:
            tcpSocket:
              port: main
            periodSeconds: 10
          {{- end }}
          resources:
            {{- toYaml (index .top.Values.resources .part) | nindent 12 }}
          volumeMounts:
            - name: data
              mountPath: /data
            - name: tmp
              mountPath: /tmp
      volumes:
        - name: data
          emptyDir: {}
        - name: tmp
          emptyDir: {}
{{- end }}

{{/* A service inside the cluster: (dict "top" $ "part" name "port" n) */}}
{{- define "observatory.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .top.Release.Name }}-{{ .part }}
  labels:
    {{- include "observatory.labels" .top | nindent 4 }}
spec:
  selector:
    app.kubernetes.io/instance: {{ .top.Release.Name }}
    app.kubernetes.io/component: {{ .part }}
  ports:
    - name: main
      port: {{ .port }}
      targetPort: main
{{- end }}
